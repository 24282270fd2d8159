import { heldCondition } from './lock-key.js'
import { literal } from './identifiers.js'
import type { Scope } from './scope.js'
import type { Query } from './session.js'
import type { BlockingSession } from './watch.js'

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
  readonly progress: RunProgress | null
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

/** Where a run is, as its process wrote it at most a second ago. */
export interface RunProgress {
  readonly name: string
  readonly index: number
  readonly of: number
  /** Since the migration was begun; by the database's clock when read. */
  readonly elapsedMs?: number
  readonly phase?: string
  readonly percent?: number
  readonly waiting?: {
    readonly for: 'blockers'
    readonly elapsedMs: number
    readonly blockers: readonly BlockingSession[]
  }
}

export interface PlanEntry {
  readonly name: string
  readonly checksum: string
  readonly kind: string
  readonly transaction: boolean
}

/** A row as the driver or JSON has it: bigint as text, times as JSON has them, whatever the session's DateStyle. */
export type RunRow = Omit<RunRecord, 'durationMs' | 'startedAt' | 'endedAt'> & {
  readonly durationMs: number | string
  readonly startedAt: string
  readonly endedAt: string | null
  /** While it is marked running: what it has committed. */
  readonly committed: RunRecord['applied'] | null
}

/** The columns of `runs r` under the names of `RunRecord`. */
export function runColumns(scope: Scope): string {
  // How long ago it was written is told by the database's clock alone: the two processes' may differ.
  const since = 'round(extract(epoch FROM clock_timestamp() - r.updated_at) * 1000)::bigint'
  const now = (member: string): string =>
    `${member} || jsonb_build_object('elapsedMs', (${member}->>'elapsedMs')::bigint + ${since})`
  const waiting = `(r.progress->'waiting')`
  return `r.id, r.status, r.release, r.actor, r.plan, r.applied, r.failure, r.batch,
    CASE WHEN r.progress->>'elapsedMs' IS NULL THEN r.progress ELSE ${now('r.progress')} ||
      CASE WHEN ${waiting} IS NULL THEN '{}' ELSE jsonb_build_object('waiting', ${now(waiting)}) END END AS progress,
    r.cancel_requested AS "cancelRequested", r.knex_lock_xmin AS "knexLockXmin",
    to_json(r.started_at) AS "startedAt", to_json(r.ended_at) AS "endedAt",
    round(extract(epoch FROM coalesce(r.ended_at, clock_timestamp()) - r.started_at) * 1000)::bigint AS "durationMs",
    EXISTS (SELECT FROM pg_locks l WHERE l.pid = r.lock_pid AND ${heldCondition(scope.runKey)}) AS alive,
    CASE WHEN r.status = 'running' THEN (${committedBy(scope, 'r.id')}) END AS committed`
}

/** What a run has committed, in order, as JSON. */
export function committedBy(scope: Scope, id: string): string {
  return `SELECT coalesce(jsonb_agg(jsonb_build_object('name', m.name, 'durationMs', coalesce(m.duration_ms, 0))
      ORDER BY m.applied_at, m.name), '[]')
    FROM ${scope.bookkeeping}.migrations m WHERE m.run_id = ${id} AND m.origin = 'run'`
}

/** Times as ISO 8601 in UTC; a run whose process died as what it came to: `applied` if all of it was committed. */
export function runFromRow({ committed, ...row }: RunRow): RunRecord {
  const died = row.status === 'running' && !row.alive
  const whole = committed?.length === row.plan.length
  return Object.freeze({
    ...row,
    ...(died && { status: whole ? 'applied' : 'interrupted', applied: committed ?? row.applied }),
    durationMs: Math.max(0, Number(row.durationMs)),
    startedAt: new Date(row.startedAt).toISOString(),
    endedAt: row.endedAt === null ? null : new Date(row.endedAt).toISOString(),
  })
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
