import { present, unless } from '../postgres/block.js'
import { literal } from '../postgres/identifiers.js'
import type { Scope } from '../postgres/scope.js'

/**
 * Creates the journal where it is missing, as a statement of the block that has created the other bookkeeping tables and
 * holds their lock; what exists is left alone, whoever owns it.
 */
export function createJournal({ bookkeeping: b }: Scope): string {
  const position = `EXISTS (SELECT FROM pg_attribute WHERE attrelid = to_regclass(${literal(`${b}.runs`)})
    AND attname = 'journal_seq' AND NOT attisdropped)`
  return unless(present(`${b}.journal`), [
    unless(position, [`ALTER TABLE ${b}.runs ADD COLUMN journal_seq bigint`]),
    ...definitions.map((definition) => definition(b)),
  ])
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
