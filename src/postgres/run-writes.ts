import { literal } from './identifiers.js'
import { jsonText } from './json-text.js'
import { committedBy, type PlanEntry, type RunRecord } from './run-records.js'
import type { Scope } from './scope.js'
import type { Query } from './session.js'

export interface NewRun {
  readonly id: string
  readonly release: string
  readonly actor: object
  readonly plan: readonly PlanEntry[]
  readonly batch: number
  readonly lockPid: number
}

/** The row of a run, written before anything is applied and after its first record, whose place in the journal it keeps. */
export function insertRunStatement({ bookkeeping: b, name }: Scope, run: NewRun): string {
  const values = [run.id, name, 'running', run.release, jsonText(run.actor), jsonText(run.plan)]
  return `INSERT INTO ${b}.runs (id, scope, status, release, actor, plan, batch, lock_pid, journal_seq)
    VALUES (${values.map(literal).join(', ')}, ${String(run.batch)}, ${String(run.lockPid)},
      (SELECT max(seq) FROM ${b}.journal WHERE run_id = ${literal(run.id)} AND kind = 'run_started'))`
}

/** Where a run is; at most once a second. */
export function updateProgressStatement(
  { bookkeeping: b }: Scope,
  id: string,
  { applied, progress }: Pick<RunRecord, 'applied' | 'progress'>,
): string {
  return `UPDATE ${b}.runs SET applied = ${literal(jsonText(applied))},
    progress = ${progress === null ? 'NULL' : literal(jsonText(progress))}, updated_at = clock_timestamp()
    WHERE id = ${literal(id)}`
}

export interface RunEnd {
  readonly status: 'applied' | 'failed' | 'cancelled' | 'interrupted'
  readonly applied: RunRecord['applied']
  readonly failure: object | null
}

/** How a run ended. */
export function finishRunStatement(scope: Scope, id: string, end: RunEnd): string {
  const failure = end.failure === null ? 'NULL' : literal(jsonText(end.failure))
  return `UPDATE ${scope.bookkeeping}.runs
    SET status = ${literal(end.status)}, applied = ${literal(jsonText(end.applied))}, failure = ${failure},
      progress = NULL, ended_at = clock_timestamp(), updated_at = clock_timestamp()
    WHERE id = ${literal(id)} AND status = 'running'`
}

/**
 * Settles the record of a dead run by what is really there: what it committed counts, the rest was rolled back; one that
 * had committed its whole plan has succeeded.
 */
export function markInterruptedStatement(scope: Scope, id: string, detail: string): string {
  const run = `${literal(id)}::uuid`
  return `WITH done(applied) AS (${committedBy(scope, run)})
    UPDATE ${scope.bookkeeping}.runs r SET progress = NULL, ended_at = clock_timestamp(), applied = done.applied,
      status = CASE WHEN jsonb_array_length(done.applied) = jsonb_array_length(r.plan) THEN 'applied' ELSE 'interrupted' END,
      failure = CASE WHEN jsonb_array_length(done.applied) < jsonb_array_length(r.plan)
        THEN jsonb_build_object('code', 'interrupted', 'detail', ${literal(detail)}::text) END
    FROM done WHERE r.id = ${run} AND r.status = 'running'`
}

/** Commits the wish that a run stop, the first one of it; false where there is no such run. */
export async function requestCancel(query: Query, scope: Scope, id: string, actor: object): Promise<boolean> {
  const rows = await query(
    `UPDATE ${scope.bookkeeping}.runs SET cancel_requested = coalesce(cancel_requested, $3)
     WHERE id = $1 AND scope = $2 RETURNING id`,
    [id, scope.name, jsonText(actor)],
  )
  return rows.length > 0
}
