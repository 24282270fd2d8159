import { markedCondition } from './marks.js'
import type { Scope } from './scope.js'
import type { Query } from './session.js'

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

interface Row {
  readonly cancelRequested: boolean
  readonly blockers: readonly (SessionAsSeen & { readonly query: string | null })[] | null
  readonly build: Sighting['build']
}

/** One statement; costs a look at pg_stat_activity. `pg_blocking_pids` names who blocks only while the wait lasts. */
export async function watchRun(query: Query, scope: Scope, runId: string): Promise<Sighting> {
  const [row] = await query<Row>(
    `WITH ours AS MATERIALIZED (SELECT a.pid, a.wait_event_type FROM pg_stat_activity a WHERE ${markedCondition(runId)}),
      blocking AS (SELECT DISTINCT b.pid FROM ours, LATERAL unnest(pg_blocking_pids(ours.pid)) AS b(pid)
                   WHERE ours.wait_event_type = 'Lock' AND b.pid <> pg_backend_pid())
     SELECT (SELECT cancel_requested IS NOT NULL FROM ${scope.bookkeeping}.runs WHERE id = $1) AS "cancelRequested",
       (SELECT json_agg(json_build_object('pid', b.pid, 'user', s.usename, 'application', nullif(s.application_name, ''),
           'state', coalesce(s.state, CASE WHEN b.pid = 0 THEN 'prepared transaction' END),
           'since', coalesce(s.xact_start, s.query_start, s.backend_start,
                             CASE WHEN b.pid = 0 THEN (SELECT min(prepared) FROM pg_prepared_xacts WHERE database = current_database()) END),
           'query', CASE WHEN b.pid = 0
             THEN (SELECT string_agg('prepared transaction ' || gid, ', ') FROM pg_prepared_xacts WHERE database = current_database())
             ELSE s.query END))
        FROM blocking b LEFT JOIN pg_stat_activity s ON s.pid = b.pid) AS blockers,
       (SELECT json_build_object('phase', p.phase, 'percent',
           CASE WHEN p.blocks_total > 0 THEN round(100.0 * p.blocks_done / p.blocks_total) END)
        FROM pg_stat_progress_create_index p JOIN ours ON ours.pid = p.pid LIMIT 1) AS build`,
    [runId],
  )
  return {
    cancelRequested: row?.cancelRequested === true,
    blockers: (row?.blockers ?? []).map(shown),
    build: row?.build ?? null,
  }
}

/** Other roles' statements read `<insufficient privilege>` without `pg_read_all_stats`. */
function shown(session: SessionAsSeen & { readonly query: string | null }): BlockingSession {
  const visible = session.query !== null && session.query !== '<insufficient privilege>'
  return {
    ...session,
    since: session.since === null ? null : new Date(session.since).toISOString(),
    query: visible ? maskLiterals(session.query).slice(0, 200) : 'hidden',
  }
}

/** In the order of trying: comments, dollar-quoted, escape and plain strings, then what stays, then numbers (§4.1). */
const lexeme = new RegExp(
  [
    String.raw`(?<comment>--[^\n]*|/\*[\s\S]*?(?:\*/|$))`,
    String.raw`(?<constant>\$(?<tag>(?:[A-Za-z_]\w*)?)\$[\s\S]*?(?:\$\k<tag>\$|$)`,
    String.raw`e'(?:[^'\\]|\\[\s\S]|'')*(?:'|$)|(?:[bxn]|u&)?'(?:[^']|'')*(?:'|$))`,
    String.raw`"(?:[^"]|"")*(?:"|$)|\$\d+|[\p{L}_][\p{L}\p{N}_$]*`,
    String.raw`(?<number>\.?\d[\w.]*)`,
  ].join('|'),
  'giu',
)

interface Lexeme {
  readonly comment?: string
  readonly constant?: string
  readonly number?: string
}

/**
 * Constants may be anybody's data, and comments too; what is left is the shape of the statement (PostgreSQL manual §4.1).
 * A statement that was cut off, as `track_activity_query_size` does, is masked to its end.
 */
export function maskLiterals(sql: string): string {
  const masked = sql.replace(lexeme, (text: string, ...rest: unknown[]) => {
    const { comment, constant, number } = rest.at(-1) as Lexeme
    if (comment !== undefined) return ' '
    return constant === undefined && number === undefined ? text : '?'
  })
  return masked.replace(/\s+/g, ' ').trim()
}
