import { literal } from './identifiers.js'
import { markedCondition } from './marks.js'
import { maskLiterals } from './masking.js'
import type { Scope } from './scope.js'

/** What is seen of a run from its control connection while it works. */
export interface Sighting {
  readonly cancelRequested: boolean
  /** Empty unless the statement under way waits for a lock. */
  readonly blockers: readonly BlockingSession[]
  /** Of an index build under way. */
  readonly build: { readonly phase: string; readonly percent: number | null } | null
}

export type BlockingSession = SessionAsSeen & { readonly query: string }

interface SessionAsSeen {
  /** 0: a prepared transaction, which has no process. */
  readonly pid: number
  readonly user: string | null
  readonly application: string | null
  readonly state: string | null
  /** ISO 8601. */
  readonly since: string | null
}

/** One that blocks, as the server tells it. */
export interface BlockerRow extends SessionAsSeen {
  readonly query: string | null
  /** Name of a prepared transaction. */
  readonly prepared: string | null
}

interface Row {
  readonly cancelRequested: boolean
  readonly blockers: readonly BlockerRow[] | null
  readonly build: Sighting['build']
}

/**
 * Those that hold what a statement of ours waits for. A prepared transaction has no process; its locks are known by the
 * virtual transaction that holds the one on its own id, which is -1/xid only after a restart (tried on 15 and 18).
 */
const blockingPrepared = `SELECT x.gid, x.owner, x.prepared FROM pg_prepared_xacts x
      JOIN pg_locks own ON own.pid IS NULL AND own.locktype = 'transactionid' AND own.transactionid = x.transaction
    WHERE x.database = current_database() AND EXISTS (
      SELECT FROM pg_locks held JOIN pg_locks wanted ON held.locktype = wanted.locktype
        AND held.database IS NOT DISTINCT FROM wanted.database AND held.relation IS NOT DISTINCT FROM wanted.relation
        AND held.transactionid IS NOT DISTINCT FROM wanted.transactionid
      WHERE held.pid IS NULL AND held.virtualtransaction = own.virtualtransaction
        AND NOT wanted.granted AND wanted.pid IN (SELECT pid FROM ours))`

/** Each phase counts something of its own, and leaves the others' counters as they were (PostgreSQL manual §27.4.4). */
const percentDone = `CASE WHEN p.phase LIKE 'waiting for %' THEN round(100.0 * p.lockers_done / nullif(p.lockers_total, 0))
    WHEN p.phase LIKE '%tuples%' THEN round(100.0 * p.tuples_done / nullif(p.tuples_total, 0))
    ELSE round(100.0 * p.blocks_done / nullif(p.blocks_total, 0)) END`

/** One statement; costs a look at pg_stat_activity. `pg_blocking_pids` names who blocks only while the wait lasts. */
export function watchStatement(scope: Scope, runId: string): string {
  return `WITH ours AS MATERIALIZED (SELECT a.pid, a.wait_event_type FROM pg_stat_activity a WHERE ${markedCondition(runId)}),
      blocking AS (SELECT DISTINCT b.pid FROM ours, LATERAL unnest(pg_blocking_pids(ours.pid)) AS b(pid)
                   WHERE ours.wait_event_type = 'Lock' AND b.pid <> pg_backend_pid())
     SELECT (SELECT cancel_requested IS NOT NULL FROM ${scope.bookkeeping}.runs WHERE id = ${literal(runId)}) AS "cancelRequested",
       (SELECT json_agg(json_build_object('pid', b.pid, 'user', coalesce(s.usename, p.owner), 'application', nullif(s.application_name, ''),
           'state', coalesce(s.state, CASE WHEN b.pid = 0 THEN 'prepared transaction' END),
           'since', coalesce(s.xact_start, s.query_start, s.backend_start, p.prepared),
           'query', s.query, 'prepared', p.gid))
        FROM blocking b LEFT JOIN pg_stat_activity s ON s.pid = b.pid
          LEFT JOIN (${blockingPrepared}) p ON b.pid = 0) AS blockers,
       (SELECT json_build_object('phase', p.phase, 'percent', ${percentDone})
        FROM pg_stat_progress_create_index p JOIN ours ON ours.pid = p.pid LIMIT 1) AS build`
}

/** What was seen, from the rows of that statement. */
export function sightingFrom([first]: readonly unknown[]): Sighting {
  const row = first as Row | undefined
  return {
    cancelRequested: row?.cancelRequested === true,
    blockers: (row?.blockers ?? []).map(shown),
    build: row?.build ?? null,
  }
}

/** Other roles' statements read `<insufficient privilege>` without `pg_read_all_stats`. */
export function shown({ query, prepared, ...session }: BlockerRow): BlockingSession {
  return {
    ...session,
    since: session.since === null ? null : new Date(session.since).toISOString(),
    query: shownQuery(query, prepared),
  }
}

function shownQuery(query: string | null, prepared: string | null): string {
  // Its name is no data, and what ROLLBACK PREPARED needs.
  if (prepared !== null) return `PREPARE TRANSACTION ${literal(prepared).trim()}`
  return query === null || query === '<insufficient privilege>' ? 'hidden' : maskLiterals(query).slice(0, 200)
}
