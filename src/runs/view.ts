import type { RunRecord } from '../postgres/run-records.js'
import type { Actor } from './actor.js'
import type { RunView } from './engine.js'
import { failed, interruptedDetail } from './failures.js'
import type { Completed, Failed, FailureFields } from './outcome.js'
import type { FailureCode } from '../problems/catalog.js'

/** A run's record as callers see it. */
export function viewOf(record: RunRecord): RunView {
  return Object.freeze({
    runId: record.id,
    status: record.status,
    release: record.release,
    startedAt: record.startedAt,
    endedAt: record.endedAt,
    durationMs: record.durationMs,
    batch: record.batch,
    plan: record.plan.map((entry) => entry.name),
    applied: record.applied,
    current: currentOf(record),
    waiting: record.status === 'running' ? (record.progress?.waiting ?? null) : null,
    cancellation: cancellationOf(record),
    actor: record.actor as unknown as Actor,
    failure: failureOf(record),
  })
}

/** Of a run whose process died: what it was at, and no longer for how long. */
function currentOf({ progress, status }: RunRecord): RunView['current'] {
  if (progress === null) return null
  const { waiting: _told, elapsedMs, ...current } = progress
  return status === 'running' && elapsedMs !== undefined ? { ...current, elapsedMs } : current
}

function cancellationOf({ cancelRequested, status }: RunRecord): RunView['cancellation'] {
  if (cancelRequested === null) return null
  if (status === 'running') return 'requested'
  return status === 'cancelled' ? 'done' : 'too_late'
}

function failureOf(record: RunRecord): RunView['failure'] {
  if (record.failure) return record.failure as unknown as RunView['failure']
  return record.status === 'interrupted' ? { code: 'interrupted', detail: interruptedDetail } : null
}

/** The result of a run that somebody else carried out, for those who joined it. */
export function joinedOutcome(record: RunRecord): Completed | Failed {
  if (record.status === 'applied') {
    return Object.freeze({
      status: 'applied',
      runId: record.id,
      batch: record.batch,
      applied: record.applied,
      durationMs: record.durationMs,
      joined: true,
      release: record.release,
    })
  }
  const { code, detail, ...fields } = (failureOf(record) ?? {}) as {
    code?: FailureCode
    detail?: string
  } & FailureFields
  return failed(code ?? 'interrupted', detail ?? interruptedDetail, {
    runId: record.id,
    ...fields,
    joined: true,
  })
}
