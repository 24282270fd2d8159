import type { Knex } from 'knex'
import { noteTimeLimit } from '../postgres/errors.js'
import { insertRecordsStatement, setBatchStatement, type AppliedRecord } from '../postgres/history.js'
import { beginSegment, eachWithin, type SegmentTimeouts } from '../postgres/segment.js'
import type { Link } from '../postgres/hub.js'
import type { Scope } from '../postgres/scope.js'
import { TransactionEndedError } from '../postgres/statement-gate.js'
import type { Work } from '../postgres/work.js'
import type { Logger } from '../observe/logger.js'
import type { Migration } from '../project/migration.js'
import type { MigrationHooks } from '../project/source.js'
import type { Project } from '../project/project.js'
import type { AppliedMigration } from './outcome.js'
import type { LiveRun } from './live-run.js'
import { awaitForgotten, untilEnded } from './forgotten.js'
import { callHook } from './hooks.js'
import { knexLocked } from './recover.js'
import { firstError, refuseAtCommit } from './segment-errors.js'

export interface SegmentContext {
  readonly project: Project
  readonly scope: Scope
  readonly link: Link
  readonly work: Work
  readonly run: LiveRun
  readonly timeouts: SegmentTimeouts
  readonly logger: Logger
}

/**
 * One attempt at a transactional segment: fence, check, `migrate.latest()` and the records in one transaction.
 * Rejects with the first error, after everything was rolled back.
 */
export async function runTransactional(
  context: SegmentContext,
  migrations: readonly Migration[],
): Promise<readonly AppliedMigration[]> {
  const { project, scope, work, run, timeouts } = context
  let committing: readonly Migration[] = []
  const applied = work.knex.transaction(async (transaction) => {
    const each = await eachWithin(transaction)
    const found = await beginSegment(each, { project, scope, runId: run.id, timeouts })
    if (found.knexLocked) throw knexLocked()
    // State is read again here: a CLI that slipped in since the plan was made is seen.
    const todo = migrations.filter((migration) => !found.applied.has(migration.name))
    const durations = new Map<string, number>()
    if (todo.length === 0) return []
    await latest(transaction, context, todo, durations)
    const [stray] = await each(recordStatements(context, todo, durations))
    refuseStrayRows(stray, todo, context)
    committing = todo
    return todo.map(({ name }) => ({ name, durationMs: durations.get(name) ?? 0 }))
  })
  return applied.catch((last: unknown) => {
    const error = firstError(last, context)
    noteTimeLimit(error, timeouts.statementMs)
    refuseAtCommit(error, committing)
    throw work.endedWithin() ? new TransactionEndedError(error) : error
  })
}

/**
 * knex runs them and writes its own rows, bounded to this segment by a migration source. Transactions of its own are
 * disabled: it is in ours, and one within would only make it look for its tables and for what is applied a second time.
 */
async function latest(
  transaction: Knex.Transaction,
  context: SegmentContext,
  todo: readonly Migration[],
  durations: Map<string, number>,
): Promise<void> {
  const { project } = context
  processing(transaction, project, false)
  try {
    await transaction.migrate.latest({
      tableName: project.tableName,
      schemaName: project.schemaName,
      disableMigrationsListValidation: true,
      disableTransactions: true,
      migrationSource: boundedSource(context, todo),
      ...segmentHooks(context, todo, durations),
    } as Knex.MigratorConfig)
  } finally {
    processing(context.work.knex, project, true)
  }
}

/**
 * knex keeps the user's `wrapIdentifier` and `postProcessResponse` from its own statements, and gives them back for the
 * migration's, once an instance: in a second segment it would take them for kept already (knex 3.3, make-knex.js,
 * `disableProcessing`).
 */
function processing(knex: Knex, { knexConfig }: Project, on: boolean): void {
  const { config } = knex.client as { config: Record<string, unknown> }
  config['wrapIdentifier'] = on ? knexConfig.wrapIdentifier : null
  config['postProcessResponse'] = on ? knexConfig.postProcessResponse : null
}

function boundedSource(context: SegmentContext, todo: readonly Migration[]): Knex.MigrationSource<Migration> {
  const { run, work } = context
  const noDown = (): Promise<never> => Promise.reject(new Error('this migration has no `down`'))
  return {
    getMigrations: () => Promise.resolve([...todo]),
    getMigrationName: (migration) => migration.recordedAs,
    getMigration: (migration) =>
      Promise.resolve({
        up: async (knex) => {
          await work.withinTransaction(async () => {
            await untilEnded(run, work, () => migration.up(knex))
            await awaitForgotten(context, migration)
          })
          work.rows.expectRow(migration.recordedAs)
        },
        down: migration.down ?? noDown,
      } as Knex.Migration),
  }
}

/** The user's hooks see what knex would have shown them; ours measure, and stop between migrations. */
function segmentHooks(
  context: SegmentContext,
  todo: readonly Migration[],
  durations: Map<string, number>,
): MigrationHooks {
  const { run, project } = context
  const one = (migrations: unknown[]): Migration => migrations[0] as Migration
  let startedAt = 0
  return {
    beforeAll: async (knex) => {
      if (run.plan[0] === todo[0]) await callHook(context, 'beforeAll', knex, run.plan)
    },
    beforeEach: async (knex, migrations) => {
      run.ended.throwIfAborted()
      run.begin(one(migrations))
      processing(knex, project, true)
      await callHook(context, 'beforeEach', knex, [one(migrations)])
      startedAt = performance.now()
    },
    afterEach: async (knex, migrations) => {
      durations.set(one(migrations).name, Math.round(performance.now() - startedAt))
      await callHook(context, 'afterEach', knex, [one(migrations)])
      processing(knex, project, false)
    },
    afterAll: async (knex) => {
      if (run.plan.at(-1) === todo.at(-1)) await callHook(context, 'afterAll', knex, run.plan)
    },
  }
}

function recordStatements(
  { scope, run }: SegmentContext,
  todo: readonly Migration[],
  durations: ReadonlyMap<string, number>,
): readonly string[] {
  const timed = todo.map((migration) => ({
    ...recordOf(migration, run.id),
    durationMs: durations.get(migration.name) ?? null,
  }))
  return [setBatchStatement(scope, todo, run.batch), insertRecordsStatement(scope, timed)]
}

/** What knex wrote elsewhere, nobody would find again. */
function refuseStrayRows(
  found: readonly unknown[] = [],
  todo: readonly Migration[],
  { scope: { name }, run }: SegmentContext,
): void {
  const [first] = found as readonly { readonly missing: readonly string[] | null }[]
  const stray = todo.find(({ recordedAs }) => first?.missing?.includes(recordedAs))
  if (stray === undefined) return
  run.stepBack(stray)
  throw new Error(
    `knex’s row of ${stray.recordedAs} is not in ${name}: a trigger or rule on it took the row away, a migration removed it, or one changed the search_path`,
  )
}

export function recordOf(migration: Migration, runId: string): AppliedRecord {
  const { name, recordedAs, checksum, kind } = migration
  return { name, recordedAs, checksum, kind, origin: 'run', runId, durationMs: null }
}
