import { insertRecords, setBatchStatement } from '../postgres/history.js'
import type { RunLock } from '../postgres/control.js'
import { endStep, startStep } from '../postgres/steps.js'
import type { Migration } from '../project/migration.js'
import { RunFailure } from './failures.js'
import { recordOf, type SegmentContext } from './transactional.js'

/**
 * A migration got past the guard and ended its segment's transaction: those before it are committed with knex's rows, it
 * is committed in part or whole without one. The former are recorded; on the latter the next call asks (`unresolved`).
 */
export async function askAboutEnded(
  { scope, run }: SegmentContext,
  lock: RunLock,
  segment: readonly Migration[],
  cause: unknown,
): Promise<RunFailure> {
  const at = segment.findIndex(({ name }) => name === run.current?.name)
  const [before, culprit] = [segment.slice(0, Math.max(at, 0)), segment[at]]
  await lock.commit(async (write) => {
    await write(setBatchStatement(scope, before, run.batch))
    await insertRecords(
      write,
      scope,
      before.map((migration) => recordOf(migration, run.id)),
    )
    if (culprit === undefined) return
    const step = { runId: run.id, name: culprit.name }
    await startStep(write, scope, { ...step, checksum: culprit.checksum, repeatable: false })
    await endStep(write, scope, step, 'failed')
  })
  run.commit(before.map(({ name }) => ({ name, durationMs: 0 })))
  const name = culprit?.name ?? 'A migration'
  const message = 'the migration ended the transaction that it was given'
  return new RunFailure(
    'migration_failed',
    `${name} ended the transaction that it was given: what it had done by then is committed, and it is not recorded. ` +
      'Take the COMMIT or ROLLBACK out of it, or give it config.transaction = false. Look what it left; the next call asks whether it counts as applied or pending.',
    { migration: name, message, rolledBack: [] },
    cause,
  )
}
