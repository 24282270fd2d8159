import { faultOf } from '../postgres/errors.js'
import type { Work } from '../postgres/work.js'
import type { Migration } from '../project/migration.js'
import { RunFailure } from './failures.js'
import type { LiveRun } from './live-run.js'

/**
 * What went wrong first, where the last error only follows from it. Where knex's row of a migration could not be written, or a
 * migration swallowed an error, the statements after it know no more than that the transaction is aborted; where a connection
 * was given up, knex no more than that it is gone.
 */
export function firstError(
  last: unknown,
  { work, run }: { readonly work: Work; readonly run: LiveRun },
): unknown {
  const first = before(last, work, run)
  // A hook that met with what had gone wrong before it is not what failed.
  if (first !== last) run.leaveHook()
  return first
}

function before(last: unknown, work: Work, run: LiveRun): unknown {
  const unwritten = work.rows.takeUnwritten()
  const { abortedBy, givenUp } = work.faults
  if (givenUp) return givenUp
  if (work.isLost()) return last
  if (unwritten === undefined) return faultOf(last).sqlState === '25P02' ? (abortedBy ?? last) : last
  const migration = run.plan.find(({ recordedAs }) => recordedAs === unwritten.recordedAs)
  if (migration) run.stepBack(migration)
  return unwritten.error
}

/** A deferred constraint or trigger speaks at COMMIT, and does not say of whose row. */
export function refuseAtCommit(error: unknown, committing: readonly Migration[]): void {
  const { kind, message, sqlState } = faultOf(error)
  if (committing.length === 0 || sqlState === undefined || kind !== 'statement') return
  const names = committing.map(({ name }) => name).join(', ')
  throw new RunFailure(
    'migration_failed',
    `COMMIT failed: ${message}. A deferred constraint or trigger refuses what one of these did: ${names}. All of them were rolled back. Mend that migration, deploy it, and call again.`,
    { migration: committing.at(-1)?.name ?? '', message, sqlState },
    error,
  )
}
