import { literal } from '../postgres/identifiers.js'
import { keyArguments, lockKey } from '../postgres/lock-key.js'
import type { Scope } from '../postgres/scope.js'
import type { JournalHead } from '../postgres/state.js'
import { genesisHash, recordVersion, type EntrySource } from './record.js'

/**
 * The statements that extend the chain by what the sources yield, in their order; nothing where they yield nothing.
 * They belong into one short READ COMMITTED transaction: the lock of the chain, then, by a snapshot taken after it was
 * got, head, records and hashes in a single statement. The lock is never held during a migration.
 */
export function appendStatements(scope: Scope, sources: readonly EntrySource[]): readonly string[] {
  return [
    `SELECT pg_advisory_xact_lock(${keyArguments(lockKey('journal', scope.bookkeepingSchema))})`,
    appendStatement(scope, sources),
  ]
}

/** The head after an append, from the rows of its statements; undefined where nothing was appended. */
export function headOf(results: readonly (readonly unknown[])[]): JournalHead | undefined {
  const appended = results.flat().filter((row) => isHeadRow(row))
  const last = appended.at(-1)
  return last && Object.freeze({ seq: Number(last.journal_seq), hash: last.journal_hash })
}

interface HeadRow {
  readonly journal_seq: string
  readonly journal_hash: string
}

function isHeadRow(row: unknown): row is HeadRow {
  return typeof row === 'object' && row !== null && 'journal_seq' in row
}

/** Arrays, because a step of the recursion finds its entry in them without searching. */
function appendStatement({ bookkeeping: b, name }: Scope, sources: readonly EntrySource[]): string {
  const all = sources.map(
    (source, index) =>
      `SELECT ${String(index)} AS source, s${String(index)}.* FROM (${source}) s${String(index)}`,
  )
  const order = 'ORDER BY source, ord COLLATE "C", subject COLLATE "C"'
  return `WITH RECURSIVE entries AS (${all.join('\nUNION ALL ')}),
    packed AS MATERIALIZED (
      SELECT count(*)::int AS n, array_agg(kind ${order}) AS kinds, array_agg(run_id ${order}) AS runs,
        array_agg(subject ${order}) AS subjects, array_agg(data ${order}) AS datas,
        to_char(clock_timestamp() AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') AS at
      FROM entries),
    chain (n, seq, previous, hash, record) AS (
      SELECT 0, coalesce(head.seq, 0), ''::text, coalesce(head.hash, ${literal(genesisHash)}), ''::text
      FROM packed LEFT JOIN (SELECT seq, hash FROM ${b}.journal ORDER BY seq DESC LIMIT 1) head ON true
      UNION ALL
      SELECT c.n + 1, c.seq + 1, c.hash, encode(sha256(convert_to(it.record, 'UTF8')), 'hex'), it.record
      FROM chain c JOIN packed p ON c.n < p.n, LATERAL (SELECT ${recordExpression(name)} AS record) it),
    kept AS (
      INSERT INTO ${b}.journal AS j (seq, previous_hash, hash, scope, kind, run_id, subject, record)
      SELECT c.seq, c.previous, c.hash, ${literal(name)}, p.kinds[c.n], p.runs[c.n], p.subjects[c.n], c.record
      FROM chain c, packed p WHERE c.n > 0 ORDER BY c.seq
      RETURNING j.seq, j.hash, j.record)
    SELECT seq AS journal_seq, hash AS journal_hash FROM kept
    UNION ALL SELECT ${refusal}, NULL FROM packed p
    WHERE p.n > (SELECT count(*) FROM kept JOIN chain USING (seq, hash, record))
    ORDER BY 1`
}

/**
 * No number, and so an error that undoes the statement. A trigger or a rule on the table can swallow or change what is
 * inserted without a word.
 */
const refusal = `(p.n || ' records were to be kept in the journal as they are, and were not: look for triggers and rules on it')::bigint`

/**
 * The canonical text: members in the order of RFC 8785, no white space. For a string `to_json` writes exactly the escapes
 * that the RFC asks for.
 */
function recordExpression(scopeName: string): string {
  return `'{"at":"' || p.at || '","data":' || p.datas[c.n + 1] || ',"kind":' || to_json(p.kinds[c.n + 1])::text
    || ',"previous":"' || c.hash || '","run":' || coalesce('"' || p.runs[c.n + 1]::text || '"', 'null')
    || ',"scope":' || to_json(${literal(scopeName)}::text)::text || ',"seq":' || (c.seq + 1)::text
    || ',"subject":' || coalesce(to_json(p.subjects[c.n + 1])::text, 'null')
    || ',"v":${String(recordVersion)}}'`
}
