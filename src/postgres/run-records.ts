import { heldCondition } from './lock-key.js'
import { literal } from './identifiers.js'
import type { Scope } from './scope.js'
import type { Query } from './session.js'

/** A row of the `runs` table, as every replica reads it. */
export interface RunRecord {
  readonly id: string
  readonly status: 'running' | 'applied' | 'failed' | 'cancelled' | 'interrupted'
  /** False for a running row whose process no longer holds the run lock. */
  readonly alive: boolean
  readonly release: string
  readonly actor: Readonly<Record<string, unknown>>
  readonly plan: readonly PlanEntry[]
  readonly applied: readonly { readonly name: string; readonly durationMs: number }[]
  readonly progress: { readonly name: string; readonly index: number; readonly of: number } | null
  readonly failure: Readonly<Record<string, unknown>> | null
  readonly batch: number | null
  readonly cancelRequested: Readonly<Record<string, unknown>> | null
  readonly knexLockXmin: string | null
  /** ISO 8601. */
  readonly startedAt: string
  readonly endedAt: string | null
  /** By the database's clock. */
  readonly durationMs: number
}

export interface PlanEntry {
  readonly name: string
  readonly checksum: string
  readonly kind: string
  readonly transaction: boolean
}

/** A row as the driver or JSON has it: bigint as text, times as `Date` or text. */
export type RunRow = Omit<RunRecord, 'durationMs' | 'startedAt' | 'endedAt'> & {
  readonly durationMs: number | string
  readonly startedAt: Date | string
  readonly endedAt: Date | string | null
}

/** The columns of `runs r` under the names of `RunRecord`. */
export function runColumns(scope: Scope): string {
  return `r.id, r.status, r.release, r.actor, r.plan, r.applied, r.progress, r.failure, r.batch,
    r.cancel_requested AS "cancelRequested", r.knex_lock_xmin AS "knexLockXmin",
    r.started_at AS "startedAt", r.ended_at AS "endedAt",
    round(extract(epoch FROM coalesce(r.ended_at, clock_timestamp()) - r.started_at) * 1000)::bigint AS "durationMs",
    EXISTS (SELECT FROM pg_locks l WHERE l.pid = r.lock_pid AND ${heldCondition(scope.runKey)}) AS alive`
}

/** Times as ISO 8601 in UTC, and a run whose process died as `interrupted`. */
export function runFromRow(row: RunRow): RunRecord {
  return Object.freeze({
    ...row,
    status: row.status === 'running' && !row.alive ? 'interrupted' : row.status,
    durationMs: Math.max(0, Number(row.durationMs)),
    startedAt: new Date(row.startedAt).toISOString(),
    endedAt: row.endedAt === null ? null : new Date(row.endedAt).toISOString(),
  })
}

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

/** Runs that are marked running though their process is gone; called by the holder of the run lock. */
export async function unfinishedRuns(query: Query, scope: Scope): Promise<RunRecord[]> {
  const rows = await query<RunRow>(
    `SELECT ${runColumns(scope)} FROM ${scope.bookkeeping}.runs r
     WHERE r.scope = $1 AND r.status = 'running' ORDER BY r.started_at`,
    [scope.name],
  )
  return rows.map(runFromRow)
}

/**
 * Settles the record of a dead run by what is really there: what it committed counts, the rest was rolled back; one that
 * had committed its whole plan has succeeded.
 */
export async function markInterrupted(query: Query, scope: Scope, id: string, detail: string): Promise<void> {
  const b = scope.bookkeeping
  await query(
    `WITH done AS (SELECT coalesce(jsonb_agg(jsonb_build_object('name', name, 'durationMs', coalesce(duration_ms, 0))
         ORDER BY applied_at, name), '[]') AS applied
       FROM ${b}.migrations WHERE run_id = $1 AND origin = 'run')
     UPDATE ${b}.runs r SET progress = NULL, ended_at = clock_timestamp(), applied = done.applied,
       status = CASE WHEN jsonb_array_length(done.applied) = jsonb_array_length(r.plan) THEN 'applied' ELSE 'interrupted' END,
       failure = CASE WHEN jsonb_array_length(done.applied) < jsonb_array_length(r.plan)
         THEN jsonb_build_object('code', 'interrupted', 'detail', $2::text) END
     FROM done WHERE r.id = $1 AND r.status = 'running'`,
    [id, detail],
  )
}

/** What a run has committed, in order. */
export async function appliedByRun(query: Query, scope: Scope, id: string): Promise<RunRecord['applied']> {
  return query<RunRecord['applied'][number]>(
    `SELECT name, coalesce(duration_ms, 0) AS "durationMs" FROM ${scope.bookkeeping}.migrations
     WHERE scope = $2 AND run_id = $1 AND origin = 'run' ORDER BY applied_at, name`,
    [id, scope.name],
  )
}

export async function findRun(query: Query, scope: Scope, id: string): Promise<RunRecord | undefined> {
  const [row] = await query<RunRow>(
    `SELECT ${runColumns(scope)} FROM ${scope.bookkeeping}.runs r WHERE r.scope = $2 AND r.id = $1`,
    [id, scope.name],
  )
  return row && runFromRow(row)
}

/** Newest first. */
export async function listRuns(query: Query, scope: Scope, limit: number): Promise<RunRecord[]> {
  const rows = await query<RunRow>(
    `SELECT ${runColumns(scope)} FROM ${scope.bookkeeping}.runs r WHERE r.scope = $1 ORDER BY r.started_at DESC LIMIT $2`,
    [scope.name, limit],
  )
  return rows.map(runFromRow)
}

/** The newest run that ended at or after an instant of the database's clock. */
export async function runEndedSince(
  query: Query,
  scope: Scope,
  since: string,
): Promise<RunRecord | undefined> {
  const [row] = await query<RunRow>(
    `SELECT ${runColumns(scope)} FROM ${scope.bookkeeping}.runs r
     WHERE r.scope = $1 AND r.ended_at >= ${literal(since)}::timestamptz ORDER BY r.ended_at DESC LIMIT 1`,
    [scope.name],
  )
  return row && runFromRow(row)
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
