import type { Completed, Failed, Outcome, Planned, Running } from '../runs/outcome.js'
import type { RunView } from '../runs/engine.js'
import { problemKinds, type ProblemKind } from '../problems/catalog.js'
import { problemDocument, type ProblemDocument } from '../problems/document.js'

/** An outcome as HTTP says it. */
export interface Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, string | number>>
  readonly body: ProblemDocument | SuccessBody
}

/** The body of a success. While the run goes on, `success` says that the request was one; `status` says the rest. */
export type SuccessBody = (Completed | Planned | Running) & {
  readonly success: true
  readonly message: string
}

/** Where the answer goes. */
export interface Asked {
  readonly requestId: string
  /** The path under which the door is mounted, as the caller wrote it. */
  readonly base: string
}

/** Seconds between two looks at a run under way. */
const pollAfter = 2

const messages = Object.freeze({
  applied: 'Migrations applied',
  up_to_date: 'Migrations applied',
  planned: 'Migrations planned',
  running: 'Migrations running',
})

/** The one place that turns what the engine says into HTTP. */
export function answerTo(outcome: Outcome, asked: Asked): Answer {
  if (outcome.status === 'failed') return failure(outcome, asked)
  const body = { success: true as const, message: messages[outcome.status], ...outcome }
  if (outcome.status !== 'running') return { status: 200, headers: {}, body }
  return { status: 202, headers: pollHeaders(outcome.runId, asked), body }
}

/** `Location` and `Retry-After`, by which a caller follows a run. */
export function pollHeaders(runId: string, { base }: Asked): Readonly<Record<string, string | number>> {
  return { Location: `${base}/runs/${runId}`, 'Retry-After': pollAfter }
}

/** A run that has ended, as the caller who waited for it was told; one whose cancellation came too late says so. */
export function outcomeOf(view: RunView): Outcome {
  const { runId, release, batch, applied, durationMs, status } = view
  const late = view.cancellation === 'too_late' && ({ cancellation: 'too_late' } as const)
  const told = { runId, release, batch, applied, durationMs, joined: false, ...late }
  if (status === 'applied' || status === 'running') return { status, ...told }
  const { code, detail, ...fields } = view.failure ?? unexplained(status)
  return { status: 'failed', code, detail, fields: { runId, applied, ...fields, ...late } }
}

/** `GET …/outcome`, for `curl --retry`: 503 while it goes on, 200 when it succeeded, 409 whatever the failure was. */
export function outcomeAnswer(view: RunView, asked: Asked): Answer {
  if (view.status === 'running') return stillRunning(view, asked)
  const answer = answerTo(outcomeOf(view), asked)
  if (answer.status === 200) return answer
  return { status: 409, headers: {}, body: { ...answer.body, status: 409 } as ProblemDocument }
}

/** Whether the engine answered that it could not answer. A run that failed is a view with a status of that name. */
export function isFailed(answer: object): answer is Failed {
  return 'code' in answer && 'fields' in answer
}

function failure({ code, detail, fields }: Failed, { requestId }: Asked): Answer {
  const { status, retryAfter }: ProblemKind = problemKinds[code]
  return {
    status,
    headers: {
      ...(retryAfter !== undefined && { 'Retry-After': retryAfter }),
      ...(code === 'draining' && { Connection: 'close' }),
    },
    body: problemDocument(code, { detail, requestId, members: fields }),
  }
}

function stillRunning({ runId, applied }: RunView, { requestId }: Asked): Answer {
  const detail = 'The run goes on; ask again.'
  return {
    status: problemKinds.still_running.status,
    headers: { 'Retry-After': problemKinds.still_running.retryAfter },
    body: problemDocument('still_running', { detail, requestId, members: { runId, applied } }),
  }
}

function unexplained(status: 'failed' | 'cancelled' | 'interrupted'): NonNullable<RunView['failure']> {
  const code = status === 'failed' ? 'migration_failed' : status
  return { code, detail: `The run ended as ${status}; the record says no more.` }
}
