import { faultOf, isConnectionLoss, type DatabaseFault } from '../postgres/errors.js'
import { RunClosedError } from '../postgres/segment.js'
import type { RunEnd } from '../postgres/run-writes.js'
import { blockedDetail, blockedFields } from './execute.js'
import { failed, failedFrom, RunFailure } from './failures.js'
import type { LiveRun } from './live-run.js'
import type { Completed, Failed, FailureFields } from './outcome.js'
import { RunEnded } from './run-ended.js'

/** Why a run did not succeed, told from the error that stopped it. */
export function endingOf(error: unknown, run: LiveRun, connectionLost: boolean): Failed {
  const stopped = run.ended.aborted ? endedBy(run.ended.reason, error) : error
  const fields = fieldsOf(run)
  if (stopped instanceof RunEnded) return endedFrom(stopped, run, fields)
  if (stopped instanceof RunFailure) {
    const { code, detail } = stopped.failed
    return failed(code, detail, { ...fields, ...stopped.failed.fields }, stopped.cause)
  }
  if (stopped instanceof RunClosedError || connectionLost) return lostFrom(stopped, run, fields)
  return run.current === null && run.hook === undefined
    ? withFields(failedFrom(stopped), fields)
    : migrationFailed(stopped, run, fields)
}

/** A statement that the server refused on the control connection loses the lock, but no connection. */
function endedBy(reason: unknown, error: unknown): unknown {
  const refused = reason instanceof RunEnded && reason.kind === 'lock_lost' && reason.cause === error
  return refused && !isConnectionLoss(error) ? error : reason
}

/** What stays and what does not; true at the time of the ending. */
function fieldsOf(run: LiveRun): FailureFields {
  const current = run.plan.find((migration) => migration.name === run.current?.name)
  const segmentStart = run.applied.length
  const begun = run.current ? run.plan.slice(segmentStart, run.current.index) : []
  return {
    runId: run.id,
    applied: [...run.applied],
    rolledBack: current?.transaction === false ? [] : begun.map((migration) => migration.name),
  }
}

function endedFrom(ended: RunEnded, run: LiveRun, fields: FailureFields): Failed {
  if (ended.kind === 'blocked')
    return failed('blocked', blockedDetail(run), { ...fields, ...blockedFields(run) })
  if (ended.kind === 'lock_lost') return lostFrom(ended, run, fields)
  return failed(
    'cancelled',
    `${sentence(ended.message)} ${whatStays(fields)}${leftOutside(run)} A new call continues where it stopped.`,
    fields,
  )
}

function lostFrom(cause: unknown, run: LiveRun, fields: FailureFields): Failed {
  return failed(
    'database_unavailable',
    `The connection to the database was lost during ${run.current?.name ?? 'the run'}. ${whatStays(fields)}${leftOutside(run)} Call again: the next run settles what was left and completes it.`,
    { ...fields, message: faultOf(cause).message },
    cause,
  )
}

function migrationFailed(error: unknown, run: LiveRun, fields: FailureFields): Failed {
  const fault = faultOf(error)
  const migration = run.current?.name ?? run.plan[0]?.name ?? ''
  const what = run.hook === undefined ? migration : `The knexfile’s ${run.hook} hook, at ${migration},`
  const code = fault.kind === 'timeout' ? 'timed_out' : 'migration_failed'
  return failed(
    code,
    `${what} failed: ${fault.message}.${hint(fault)} ${whatStays(fields)} ${remedyOf(run, code)}`,
    { ...fields, migration, message: fault.message, ...(fault.sqlState ? { sqlState: fault.sqlState } : {}) },
    error,
  )
}

/** What was cut short outside a transaction was not undone, an INVALID index for one. */
function leftOutside(run: LiveRun): string {
  const current = run.plan.find((migration) => migration.name === run.current?.name)
  if (current?.transaction !== false) return ''
  return ` ${current.name} ran outside a transaction: what it did before that stays, until the next run ${current.repeatable ? 'clears an INVALID index and repeats it' : 'has asked about it'}.`
}

/** What a migration did outside a transaction stays, and a later run may have to ask about it. */
function remedyOf(run: LiveRun, code: 'timed_out' | 'migration_failed'): string {
  const mend = `Mend the ${run.hook === undefined ? 'migration' : 'hook'}${code === 'timed_out' ? ' or raise MIGRATION_STATEMENT_TIMEOUT' : ''}, deploy it, and call again.`
  const current = run.plan.find((migration) => migration.name === run.current?.name)
  if (current?.transaction !== false) return mend
  const stays = 'It ran outside a transaction: what it did before it failed stays.'
  if (current.repeatable) return `${stays} ${mend} It declares that it may be run again.`
  return `${stays} Look how far it came, and mend the migration; the next call asks whether it is applied or pending.`
}

function hint({ sqlState, message }: DatabaseFault): string {
  // Not of SET TRANSACTION, which wants to be the first statement of one.
  if (sqlState === '25001' && !message.includes('ISOLATION LEVEL')) {
    return ' Give the migration `export const config = { transaction: false, repeatable: true }`: this statement cannot run inside a transaction.'
  }
  if (sqlState === '42501')
    return ' Grant the migrating role the right it lacks, or make it the owner of the object.'
  return ''
}

function whatStays({ applied = [], rolledBack = [] }: FailureFields): string {
  const names = applied.map((migration) => migration.name).join(', ')
  const back = rolledBack.length > 0 ? ` Rolled back: ${rolledBack.join(', ')}.` : ''
  return `${names ? `Applied and staying: ${names}.` : 'Nothing was applied.'}${back}`
}

function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`
}

function withFields(ending: Failed, fields: FailureFields): Failed {
  return failed(ending.code, ending.detail, { ...fields, ...ending.fields }, ending.cause)
}

/** The form in which an ending is kept. */
export function recordedEnd(ending: Completed | Failed, run: LiveRun): RunEnd {
  if (ending.status !== 'failed') return { status: 'applied', applied: run.applied, failure: null }
  const { code, detail, fields } = ending
  return {
    status: code === 'cancelled' ? 'cancelled' : 'failed',
    applied: run.applied,
    failure: { code, detail, ...fields },
  }
}
