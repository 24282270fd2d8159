import type { Query } from './session.js'

/** Names beyond these help nobody who has to mend them one by one. */
const mostNames = 50

/**
 * Quoted, qualified names of the INVALID indexes that nobody is seen to be building: what a failed CREATE or REINDEX
 * CONCURRENTLY left. A partitioned index is INVALID until all its parts are attached, so those are not meant.
 */
export async function readInvalidIndexes(query: Query): Promise<readonly string[]> {
  const rows = await query<{ name: string }>(
    `SELECT format('%I.%I', n.nspname, c.relname) AS name
     FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_namespace n ON n.oid = c.relnamespace
     WHERE NOT i.indisvalid AND c.relkind = 'i' AND n.nspname !~ '^pg_(toast|temp)'
       AND NOT EXISTS (SELECT FROM pg_stat_progress_create_index p WHERE p.relid = i.indrelid)
     ORDER BY 1 LIMIT ${mostNames}`,
  )
  return rows.map(({ name }) => name)
}
