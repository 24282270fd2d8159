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
  /** What else lies on the table that could swallow, change, hide or lose records: `trigger x`, `rule y`, … */
  readonly beside: readonly string[]
}

/** `pg_trigger.tgtype`: fires before a statement (not a row), for DELETE (8), UPDATE (16) and TRUNCATE (32). */
const refusing = 2 + 8 + 16 + 32

/**
 * The function does nothing but refuse: its text, without what its literals say, is that which Sallyport writes or the one
 * in docs/journal.md. A beginning that refuses could be followed by a handler that does not.
 */
const refuses = `l.lanname = 'plpgsql' AND position('\\' IN p.prosrc) = 0 AND regexp_replace(p.prosrc, '''[^'']*''', '''''', 'g')
  ~ '^\\s*BEGIN\\s+RAISE EXCEPTION '''', TG_OP(\\s+USING ERRCODE = '''',\\s+HINT = '''')?;\\s*END;?\\s*$'`

/** Triggers that fire before each inserted row (1 + 2 + 4), rules, row level security, heirs, and a table that a crash empties. */
const beside = `(SELECT coalesce(json_agg(what ORDER BY what), '[]') FROM (
    SELECT format('trigger %I', o.tgname) FROM pg_trigger o
      WHERE o.tgrelid = c.oid AND NOT o.tgisinternal AND o.tgname <> 'journal_is_append_only' AND o.tgtype & 7 = 7
    UNION ALL SELECT format('rule %I', w.rulename) FROM pg_rewrite w WHERE w.ev_class = c.oid
    UNION ALL SELECT format('child table %s', i.inhrelid::regclass) FROM pg_inherits i WHERE i.inhparent = c.oid
    UNION ALL SELECT 'row level security' WHERE c.relrowsecurity
    UNION ALL SELECT 'UNLOGGED' WHERE c.relpersistence <> 'p') found(what))`

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
         WHEN NOT (${refuses}) THEN 'changed'
         WHEN t.tgenabled = 'A' THEN 'always' ELSE 'origin' END AS trigger,
       ${beside} AS beside
     FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
     LEFT JOIN pg_trigger t ON t.tgrelid = c.oid AND t.tgname = 'journal_is_append_only'
     LEFT JOIN pg_proc p ON p.oid = t.tgfoid
     LEFT JOIN pg_language l ON l.oid = p.prolang
     WHERE n.nspname = ${literal(scope.bookkeepingSchema)} AND c.relname = 'journal'`,
  )
  return row ?? null
}
