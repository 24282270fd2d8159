import { jsonText, storable } from './json-text.js'
import type { Scope } from './scope.js'
import type { Query } from './session.js'

export interface NewStep {
  readonly runId: string
  readonly name: string
  readonly checksum: string
  readonly repeatable: boolean
}

/**
 * The intent to run a non-transactional migration, with the INVALID indexes that were there before, so that one which
 * it leaves can be told from one that was somebody else's. One that is repeated keeps those from before its first try: what
 * an earlier try has left is its own, however often it is cut short before that is dropped.
 */
export async function startStep(query: Query, scope: Scope, step: NewStep): Promise<void> {
  const b = scope.bookkeeping
  await query(
    `WITH repeated AS (
       UPDATE ${b}.steps SET state = 'repeated', ended_at = coalesce(ended_at, clock_timestamp())
       WHERE scope = $1 AND name = $3 AND state IN ('started', 'failed') RETURNING id, invalid_before)
     INSERT INTO ${b}.steps (scope, run_id, name, checksum, repeatable, invalid_before, state)
     VALUES ($1, $2, $3, $4, $5,
       coalesce((SELECT invalid_before FROM repeated ORDER BY id LIMIT 1), ARRAY(${invalidIndexOids})), 'started')`,
    [scope.name, step.runId, step.name, step.checksum, step.repeatable],
  )
}

/** What became of it. */
export async function endStep(
  query: Query,
  scope: Scope,
  step: Pick<NewStep, 'runId' | 'name'>,
  state: 'applied' | 'failed',
): Promise<void> {
  await query(
    `UPDATE ${scope.bookkeeping}.steps SET state = $4, ended_at = clock_timestamp()
     WHERE scope = $1 AND run_id = $2 AND name = $3 AND state = 'started'`,
    [scope.name, step.runId, step.name, state],
  )
}

/** A person's decision on a migration of which nobody can know. */
export async function resolveStep(
  query: Query,
  scope: Scope,
  name: string,
  decision: { readonly reason: string; readonly actor: object },
): Promise<void> {
  await query(
    `UPDATE ${scope.bookkeeping}.steps SET state = 'resolved', reason = $3, actor = $4, ended_at = clock_timestamp()
     WHERE scope = $1 AND name = $2 AND state IN ('started', 'failed')`,
    [scope.name, name, storable(decision.reason), jsonText(decision.actor)],
  )
}

/** Indexes that a failed CREATE or REINDEX CONCURRENTLY left; a partitioned one is INVALID until all parts are attached. */
const invalidIndexOids = `SELECT i.indexrelid FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
  WHERE NOT i.indisvalid AND c.relkind = 'i'`

/**
 * Quoted names of the INVALID indexes that came since a step began and that nobody is building now.
 * `pg_stat_progress_create_index` lists builds under way (PostgreSQL manual §27.4).
 */
export async function leftoverIndexes(query: Query, invalidBefore: readonly number[]): Promise<string[]> {
  const rows = await query<{ name: string }>(
    `SELECT format('%I.%I', n.nspname, c.relname) AS name
     FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_namespace n ON n.oid = c.relnamespace
     WHERE NOT i.indisvalid AND c.relkind = 'i' AND NOT (i.indexrelid = ANY ($1::oid[]))
       AND NOT EXISTS (SELECT FROM pg_stat_progress_create_index p WHERE p.relid = i.indrelid)`,
    [invalidBefore],
  )
  return rows.map((row) => row.name)
}

/** Takes a quoted, qualified name. Must not be called within a transaction. */
export async function dropIndexConcurrently(query: Query, index: string): Promise<void> {
  await query(`DROP INDEX CONCURRENTLY IF EXISTS ${index}`)
}
