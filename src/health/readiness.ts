import { failureCodes, type FailureCode } from '../problems/catalog.js'
import type { Standing } from '../runs/engine.js'
import type { Failed } from '../runs/outcome.js'

/**
 * Why a probe answers 503. `starting`: not every port listens yet. `unknown`: the database did not answer in time.
 * `pending`: this release ships a migration that is not applied. `migrating`: a run is under way. `draining`: shutting
 * down. A failure code: what the database answered, or how the last run ended.
 */
export type Reason = 'starting' | 'unknown' | 'pending' | 'migrating' | 'draining' | FailureCode

/** Every reason there is. */
export const reasons: readonly Reason[] = Object.freeze([
  'starting',
  'unknown',
  'pending',
  'migrating',
  'draining',
  ...failureCodes.filter((code) => code !== 'draining'),
])

/** What a probe says. */
export interface Verdict {
  readonly ready: boolean
  readonly reasons: readonly Reason[]
}

/** Whether every migration that this release ships has been seen applied. */
export interface Readiness {
  /** Never rejects. Asks the database at most once a second in all, and answers within `patienceMs`. */
  check(): Promise<Verdict>
  /** The last verdict; asks nobody. */
  last(): Verdict
  /** How many migrations were pending when last seen; undefined before that. */
  pending(): number | undefined
  /** How often the database was asked. */
  questions(): number
  /** How the last call ended here: badly, a reason while something is pending; well, all that is shipped was seen applied. */
  failed(code: FailureCode): void
  succeeded(): void
  /** From now on not ready, for good. */
  drain(): void
}

export interface ReadinessOptions {
  readonly standing: () => Promise<Standing | Failed>
  /** Milliseconds between two questions to the database. Default: 1000. */
  readonly intervalMs?: number
  /** Milliseconds from a question to the database in which probes wait for its answer; the kubelet gives up after 1000. Default: 500. */
  readonly patienceMs?: number
}

const readyVerdict: Verdict = Object.freeze({ ready: true, reasons: [] })

/**
 * Sticky: once everything shipped was seen applied, neither a failing database nor other runs, drift or a newer
 * release's migrations make it not ready again. Otherwise one bad minute of the database would empty the whole Service.
 */
export function createReadiness({
  standing,
  intervalMs = 1000,
  patienceMs = 500,
}: ReadinessOptions): Readiness {
  const seen: Seen = { verdict: notReady('unknown'), pending: undefined, failure: undefined, draining: false }
  let questions = 0
  let askedAt = -Infinity
  let question: Promise<void> | undefined
  const ask = (): Promise<void> => {
    askedAt = performance.now()
    questions += 1
    return standing()
      .then((answer) => settle(seen, answer))
      .catch(() => (seen.verdict = notReady('internal_error')))
      .then(() => (question = undefined))
  }
  const last = (): Verdict => (seen.draining ? notReady('draining') : seen.verdict)
  return Object.freeze({
    check: async () => {
      if (seen.draining || seen.verdict.ready) return last()
      if (question === undefined && performance.now() - askedAt >= intervalMs) question = ask()
      const patience = askedAt + patienceMs - performance.now()
      if (question !== undefined && !(await within(patience, question))) seen.verdict = late(seen.verdict)
      return last()
    },
    last,
    pending: () => seen.pending,
    questions: () => questions,
    failed: (code: FailureCode) => void (seen.failure = code),
    succeeded: () => {
      seen.failure = undefined
      settle(seen, nothingPending)
    },
    drain: () => void (seen.draining = true),
  })
}

/** A call ends well only where all that is shipped here is applied. */
const nothingPending: Standing = Object.freeze({ pending: [], unresolved: [], run: null })

interface Seen {
  verdict: Verdict
  pending: number | undefined
  failure: FailureCode | undefined
  draining: boolean
}

function settle(seen: Seen, answer: Standing | Failed): void {
  if ('code' in answer) {
    seen.verdict = notReady(answer.code)
    return
  }
  seen.pending = answer.pending.length
  seen.verdict = seen.pending === 0 ? readyVerdict : notReady('pending', ...runReason(answer, seen.failure))
}

/** What a probe says that could not wait for the answer. */
function late(before: Verdict): Verdict {
  return before.ready ? before : notReady('unknown')
}

function notReady(...reasons: readonly Reason[]): Verdict {
  return Object.freeze({ ready: false, reasons: Object.freeze(reasons) })
}

/** Whether there is an open question tells the database alone: a call may have been about one that is not there. */
function runReason({ run, unresolved }: Standing, failure: FailureCode | undefined): readonly Reason[] {
  if (run?.status === 'running') return ['migrating']
  if (unresolved.length > 0) return ['unresolved']
  return failure === undefined || failure === 'unresolved' ? [] : [failure]
}

async function within(ms: number, work: Promise<void>): Promise<boolean> {
  if (ms <= 0) return false
  let timer: NodeJS.Timeout | undefined
  const patience = new Promise<false>((resolve) => {
    timer = setTimeout(resolve, ms, false)
  })
  try {
    return await Promise.race([work.then(() => true), patience])
  } finally {
    clearTimeout(timer)
  }
}
