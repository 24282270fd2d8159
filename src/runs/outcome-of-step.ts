import { faultOf } from '../postgres/errors.js'
import { freeKnexLock, insertHistory, insertRecords, waitForHistory } from '../postgres/history.js'
import { eachWithin } from '../postgres/segment.js'
import { refusalOf } from '../postgres/savepoint.js'
import { endStep } from '../postgres/steps.js'
import type { RunLock } from '../postgres/control.js'
import type { Query } from '../postgres/session.js'
import type { Migration } from '../project/migration.js'
import { recordOf, type SegmentContext } from './transactional.js'

/** Tries what waits for a lock again and again, within the budget. */
export type Patiently = <T>(attempt: () => Promise<T>) => Promise<T>

/**
 * The outcome and knex's row of a migration outside a transaction, in one transaction of the control connection, which
 * commits only while the run lock is still held. Rejects with what the server says of the row; the lock stays held.
 */
export async function recordApplied(
  context: SegmentContext,
  lock: RunLock,
  migration: Migration,
  durationMs: number,
  patiently: Patiently,
): Promise<void> {
  for (;;) {
    context.run.ended.throwIfAborted()
    const refused = await lock.commit((write) =>
      refusalOf(write, context.timeouts.lockMs, () => writeOutcome(write, context, migration, durationMs)),
    )
    if (refused === undefined) return
    if (faultOf(refused.error).sqlState !== '55P03') throw refused.error
    await patiently(() => {
      context.run.stepBack(migration)
      return waitForTable(context)
    })
  }
}

async function writeOutcome(
  write: Query,
  { scope, run }: SegmentContext,
  migration: Migration,
  durationMs: number,
): Promise<void> {
  await insertHistory(write, scope, migration.recordedAs, run.batch)
  await insertRecords(write, scope, [{ ...recordOf(migration, run.id), durationMs }])
  await endStep(write, scope, { runId: run.id, name: migration.name }, 'applied')
  await freeKnexLock(write, scope, run.id)
}

/** On the connection that is watched, so that who holds the table is named. */
async function waitForTable({ work, scope, timeouts }: SegmentContext): Promise<void> {
  await work.knex.transaction(async (transaction) =>
    waitForHistory(await eachWithin(transaction), scope, timeouts.lockMs),
  )
}
