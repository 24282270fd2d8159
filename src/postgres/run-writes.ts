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

/** The record of a run, written before anything is applied. */
export async function insertRun(query: Query, scope: Scope, run: NewRun): Promise<void> {
  await query(
    `INSERT INTO ${scope.bookkeeping}.runs (id, scope, status, release, actor, plan, batch, lock_pid)
     VALUES ($1, $2, 'running', $3, $4, $5, $6, $7)`,
    [
      run.id,
      scope.name,
      run.release,
      JSON.stringify(run.actor),
      JSON.stringify(run.plan),
      run.batch,
      run.lockPid,
    ],
  )
}

/** Where a run is; at most once a second. */
export async function updateProgress(
  query: Query,
  scope: Scope,
  id: string,
  { applied, progress }: Pick<RunRecord, 'applied' | 'progress'>,
): Promise<void> {
  await query(
    `UPDATE ${scope.bookkeeping}.runs SET applied = $2, progress = $3, updated_at = clock_timestamp() WHERE id = $1`,
    [id, JSON.stringify(applied), progress === null ? null : JSON.stringify(progress)],
  )
}

export interface RunEnd {
  readonly status: 'applied' | 'failed' | 'cancelled' | 'interrupted'
  readonly applied: RunRecord['applied']
  readonly failure: object | null
}

/** How a run ended. */
export async function finishRun(query: Query, scope: Scope, id: string, end: RunEnd): Promise<void> {
  await query(
    `UPDATE ${scope.bookkeeping}.runs
     SET status = $2, applied = $3, failure = $4, progress = NULL, ended_at = clock_timestamp(), updated_at = clock_timestamp()
     WHERE id = $1 AND status = 'running'`,
    [id, end.status, JSON.stringify(end.applied), end.failure === null ? null : JSON.stringify(end.failure)],
  )
}

/**
 * Settles the record of a dead run by what is really there: what it committed counts, the rest was rolled back; one that
 * had committed its whole plan has succeeded.
 */
export async function markInterrupted(query: Query, scope: Scope, id: string, detail: string): Promise<void> {
  const b = scope.bookkeeping
  await query(
    `WITH done(applied) AS (${committedBy(scope, '$1')})
     UPDATE ${b}.runs r SET progress = NULL, ended_at = clock_timestamp(), applied = done.applied,
       status = CASE WHEN jsonb_array_length(done.applied) = jsonb_array_length(r.plan) THEN 'applied' ELSE 'interrupted' END,
       failure = CASE WHEN jsonb_array_length(done.applied) < jsonb_array_length(r.plan)
         THEN jsonb_build_object('code', 'interrupted', 'detail', $2::text) END
     FROM done WHERE r.id = $1 AND r.status = 'running'`,
    [id, detail],
  )
}

/** Commits the wish that a run stop; false where no such run is under way. */
export async function requestCancel(query: Query, scope: Scope, id: string, actor: object): Promise<boolean> {
  const rows = await query(
    `UPDATE ${scope.bookkeeping}.runs SET cancel_requested = coalesce(cancel_requested, $3)
     WHERE id = $1 AND scope = $2 AND status = 'running' RETURNING id`,
    [id, scope.name, JSON.stringify(actor)],
  )
  return rows.length > 0
}
