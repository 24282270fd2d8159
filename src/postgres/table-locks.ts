import { TablesLockedError } from './errors.js'
import { literal } from './identifiers.js'
import type { Scope } from './scope.js'
import type { Query } from './session.js'
import { shown, type BlockerRow } from './watch.js'

/** Names who was in the way of a reading that gave up. */
export async function tablesLocked(error: unknown, query: Query, scope: Scope): Promise<TablesLockedError> {
  // In an aborted transaction nothing can be asked any more.
  const rows = await query<BlockerRow>(holders(scope)).catch(() => [])
  return new TablesLockedError(rows.map(shown), error)
}

/** Who waits to lock a table against readers is in their way as well as who has done so. */
function holders({ schema, table, knexLock, bookkeepingSchema }: Scope): string {
  return `SELECT DISTINCT ON (l.pid) coalesce(l.pid, 0) AS pid, s.usename AS user,
      nullif(s.application_name, '') AS application,
      coalesce(s.state, CASE WHEN l.pid IS NULL THEN 'prepared transaction' END) AS state,
      to_json(coalesce(s.xact_start, s.query_start)) #>> '{}' AS since, s.query, NULL AS prepared
    FROM pg_locks l JOIN pg_class c ON c.oid = l.relation JOIN pg_namespace n ON n.oid = c.relnamespace
    LEFT JOIN pg_stat_activity s ON s.pid = l.pid
    WHERE l.locktype = 'relation' AND l.mode = 'AccessExclusiveLock'
      AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
      AND (n.nspname = ${literal(schema)} AND c.relname = ${literal(table)} OR n.nspname = ${literal(bookkeepingSchema)}
        OR l.relation = to_regclass(${literal(knexLock)}))`
}
