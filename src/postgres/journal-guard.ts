import { literal } from './identifiers.js'
import type { Scope } from './scope.js'
import type { Query } from './session.js'

/** What keeps the journal append-only, and whether the role that asks could take it away. */
export interface JournalGuard {
  /** What of it the role owns, or may own by `SET ROLE`: `table`, `schema`, `function`. Each is enough. */
  readonly owned: readonly string[]
  /**
   * Its trigger: `always` is as it was made; `origin` stays silent under `session_replication_role = replica`; `off` was
   * switched off or only fires for replication; `partial` no longer covers UPDATE, DELETE and TRUNCATE; `changed` calls
   * something that does not refuse; `missing` was dropped.
   */
  readonly trigger: 'always' | 'origin' | 'off' | 'partial' | 'changed' | 'missing'
}

/** `pg_trigger.tgtype`: fires before a statement (not a row), for DELETE (8), UPDATE (16) and TRUNCATE (32). */
const refusing = 2 + 8 + 16 + 32

/** Null where there is no journal. Needs no right on the table. */
export async function readJournalGuard(query: Query, scope: Scope): Promise<JournalGuard | null> {
  const [row] = await query<JournalGuard>(
    `SELECT to_json(array_remove(ARRAY[
         CASE WHEN pg_has_role(c.relowner, 'MEMBER') THEN 'table' END,
         CASE WHEN pg_has_role(n.nspowner, 'MEMBER') THEN 'schema' END,
         CASE WHEN pg_has_role(p.proowner, 'MEMBER') THEN 'function' END], NULL)) AS owned,
       CASE WHEN t.oid IS NULL THEN 'missing'
         WHEN t.tgenabled IN ('D', 'R') THEN 'off'
         WHEN t.tgtype & ${String(refusing)} <> ${String(refusing)} OR t.tgtype & 1 <> 0 OR t.tgqual IS NOT NULL
           OR t.tgattr::text <> '' THEN 'partial'
         WHEN p.prosrc !~ '^\\s*BEGIN\\s+RAISE EXCEPTION ' THEN 'changed'
         WHEN t.tgenabled = 'A' THEN 'always' ELSE 'origin' END AS trigger
     FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
     LEFT JOIN pg_trigger t ON t.tgrelid = c.oid AND t.tgname = 'journal_is_append_only'
     LEFT JOIN pg_proc p ON p.oid = t.tgfoid
     WHERE n.nspname = ${literal(scope.bookkeepingSchema)} AND c.relname = 'journal'`,
  )
  return row ?? null
}
