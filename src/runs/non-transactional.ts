import { freeKnexLock, isInHistory, takeKnexLock } from '../postgres/history.js'
import {
  beginDirectSession,
  beginSegment,
  endDirectSession,
  FenceTakenError,
  eachWithin,
  readSessionTimeouts,
} from '../postgres/segment.js'
import { dropIndexConcurrently, endStep, leftoverIndexes, startStep } from '../postgres/steps.js'
import type { RunLock } from '../postgres/control.js'
import type { Query } from '../postgres/session.js'
import type { OpenStep } from '../postgres/state.js'
import type { Migration } from '../project/migration.js'
import type { MigrationHooks } from '../project/source.js'
import type { Work } from '../postgres/work.js'
import { entrySource } from '../journal/record.js'
import { RunFailure } from './failures.js'
import type { AppliedMigration } from './outcome.js'
import { commitRecorded } from './recording.js'
import { knexLocked } from './recover.js'
import { awaitForgotten, untilEnded } from './forgotten.js'
import { recordApplied, type Patiently } from './outcome-of-step.js'
import { callHook } from './hooks.js'
import type { SegmentContext } from './transactional.js'

/** A migration outside any transaction: its intent is committed before, its outcome and knex's row after. */
export async function runNonTransactional(
  context: SegmentContext,
  lock: RunLock,
  migration: Migration,
  left: OpenStep | undefined,
  patiently: Patiently,
): Promise<readonly AppliedMigration[]> {
  const { project, scope, run, work } = context
  await openSession(context)
  try {
    if (!(await announce(context, lock, migration, patiently))) return []
    run.begin(migration)
    if (left) await dropLeftovers(context, lock, left)
    const durationMs = await execute(context, migration)
    run.ended.throwIfAborted()
    await recordApplied(context, lock, migration, durationMs, patiently)
    return [{ name: migration.name, durationMs }]
  } catch (error) {
    await work.idle()
    await noteFailure(context, lock, migration)
    throw error
  } finally {
    if (work.direct) await endDirectSession(work.query, scope, project).catch(() => undefined)
  }
}

async function openSession({ scope, work }: SegmentContext): Promise<void> {
  if (work.direct) {
    if (!(await beginDirectSession(work.query, scope))) throw new FenceTakenError()
    return
  }
  const { lockTimeout, statementTimeout } = await readSessionTimeouts(work.query)
  if (lockTimeout === '0' && statementTimeout === '0') return
  throw new RunFailure(
    'database_misconfigured',
    `The role or the database sets lock_timeout = ${lockTimeout} and statement_timeout = ${statementTimeout}, which through a connection pooler cannot be lifted for a migration outside a transaction and would leave an INVALID index. ` +
      'Set MIGRATION_DATABASE_URL to a direct connection, or ALTER ROLE … SET lock_timeout = 0, statement_timeout = 0 for the role that migrates.',
  )
}

/**
 * The intent, and knex's own lock row, so that its CLI keeps out meanwhile. False, and nothing was written: a CLI that
 * slipped in since the plan was made has applied it.
 */
async function announce(
  context: SegmentContext,
  lock: RunLock,
  migration: Migration,
  patiently: Patiently,
): Promise<boolean> {
  for (;;) {
    context.run.ended.throwIfAborted()
    const found = await lock.commit((write) => writeIntent(write, context, migration))
    if (found === 'locked') throw knexLocked()
    if (found !== 'busy') return found === 'taken'
    await patiently(() => waitForKnex(context))
  }
}

async function writeIntent(
  write: Query,
  { scope, run }: SegmentContext,
  { name, checksum, repeatable }: Migration,
): Promise<'taken' | 'busy' | 'locked' | 'applied'> {
  const found = await takeKnexLock(write, scope, run.id)
  if (found !== 'taken') return found
  // A statement of its own: its snapshot is taken after the row was.
  if (await isInHistory(write, scope, name)) {
    await freeKnexLock(write, scope, run.id)
    return 'applied'
  }
  await startStep(write, scope, { runId: run.id, name, checksum, repeatable })
  return 'taken'
}

/** As a transactional segment waits for the row: marked, so that who holds it is named, and never longer than that. */
async function waitForKnex({ project, scope, work, run, timeouts }: SegmentContext): Promise<void> {
  await work.knex.transaction(async (transaction) =>
    beginSegment(await eachWithin(transaction), { project, scope, runId: run.id, timeouts }),
  )
}

async function execute(context: SegmentContext, migration: Migration): Promise<number> {
  const { work, run } = context
  const hook = (name: keyof MigrationHooks, migrations: readonly Migration[]): Promise<void> =>
    callHook(context, name, work.knex, migrations)
  if (run.plan[0] === migration) await hook('beforeAll', run.plan)
  await hook('beforeEach', [migration])
  const startedAt = performance.now()
  await untilEnded(run, work, () => migration.up(work.knex))
  const durationMs = Math.round(performance.now() - startedAt)
  await awaitForgotten(context, migration)
  refuseOpenTransaction(work, migration)
  await hook('afterEach', [migration])
  if (run.plan.at(-1) === migration) await hook('afterAll', run.plan)
  return durationMs
}

/** It would be recorded, and then rolled back when the connection ends. */
function refuseOpenTransaction(work: Work, { recordedAs }: Migration): void {
  if (work.inTransaction() !== true) return
  throw new Error(`${recordedAs} left a transaction open, which was rolled back: a commit is missing`)
}

/** `CREATE INDEX CONCURRENTLY IF NOT EXISTS` would silently accept what an interrupted build left. */
async function dropLeftovers(
  { link, work, run }: SegmentContext,
  lock: RunLock,
  left: OpenStep,
): Promise<void> {
  const indexes = await leftoverIndexes(work.query, left.invalidBefore)
  if (indexes.length === 0) return
  const entries = indexes.map((subject) => {
    const data = { migration: left.name, leftBy: left.runId }
    return entrySource({ kind: 'index_dropped', runId: run.id, subject, data })
  })
  await commitRecorded({ lock, link, records: entries })
  for (const index of indexes) await dropIndexConcurrently(work.query, index)
}

/** Where the lock is lost, the successor finds the intent without an outcome. */
async function noteFailure(
  { scope, run }: SegmentContext,
  lock: RunLock,
  migration: Migration,
): Promise<void> {
  if (lock.lost.aborted) return
  await lock
    .commit(async (write) => {
      await endStep(write, scope, { runId: run.id, name: migration.name }, 'failed')
      await freeKnexLock(write, scope, run.id)
    })
    .catch(() => undefined)
}
