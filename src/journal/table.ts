import { keyArguments, lockKey } from '../postgres/lock-key.js'
import { literal } from '../postgres/identifiers.js'
import type { Scope } from '../postgres/scope.js'
import type { Query } from '../postgres/session.js'

/**
 * Creates the journal beside the other bookkeeping tables, which are there. Called in a transaction by the holder of the
 * run lock, where it is missing; what exists is left alone, whoever owns it.
 */
export async function createJournal(query: Query, scope: Scope): Promise<void> {
  const b = scope.bookkeeping
  await query(
    `SELECT pg_advisory_xact_lock(${keyArguments(lockKey('bookkeeping', scope.bookkeepingSchema))})`,
  )
  const [found] = await query<{ journal: boolean; position: boolean }>(
    `SELECT to_regclass(${literal(`${b}.journal`)}) IS NOT NULL AS journal,
      EXISTS (SELECT FROM pg_attribute WHERE attrelid = to_regclass(${literal(`${b}.runs`)})
        AND attname = 'journal_seq' AND NOT attisdropped) AS position`,
  )
  if (found?.position !== true) await query(`ALTER TABLE ${b}.runs ADD COLUMN journal_seq bigint`)
  if (found?.journal === true) return
  await query(definitions.map((definition) => definition(b)).join(';\n'))
}

/**
 * `record` is the text that was hashed, kept as text: jsonb would render numbers, escapes and the order of members anew.
 * The other columns repeat members of it, to find records by; verification holds them to it.
 */
const table = (b: string): string => `CREATE TABLE ${b}.journal (
      seq bigint PRIMARY KEY CHECK (seq > 0),
      previous_hash text NOT NULL,
      hash text NOT NULL,
      scope text NOT NULL,
      kind text NOT NULL,
      run_id uuid,
      subject text,
      record text NOT NULL
    )`

/** Unnamed, as the primary key is: those of a journal that somebody has renamed keep their names. */
const byRun = (b: string): string => `CREATE INDEX ON ${b}.journal (run_id, kind)`

const bySubject = (b: string): string =>
  `CREATE INDEX ON ${b}.journal (scope, subject, seq DESC) WHERE subject IS NOT NULL`

const refusal = (
  b: string,
): string => `CREATE OR REPLACE FUNCTION ${b}.journal_is_append_only() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $refusal$
    BEGIN
      RAISE EXCEPTION 'the journal of Sallyport is append-only: % is refused', TG_OP
        USING ERRCODE = 'insufficient_privilege',
          HINT = 'Records are never changed or removed; sallyport journal verify would tell.';
    END $refusal$`

const trigger = (b: string): string => `CREATE TRIGGER journal_is_append_only
    BEFORE UPDATE OR DELETE OR TRUNCATE ON ${b}.journal
    FOR EACH STATEMENT EXECUTE FUNCTION ${b}.journal_is_append_only()`

/** Also for sessions with `session_replication_role = replica`, in which other triggers stay silent. */
const always = (b: string): string => `ALTER TABLE ${b}.journal ENABLE ALWAYS TRIGGER journal_is_append_only`

const definitions = [table, byRun, bySubject, refusal, trigger, always]
