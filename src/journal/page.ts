import type { Scope } from '../postgres/scope.js'
import type { Query } from '../postgres/session.js'
import type { JournalRow } from './chain.js'

/**
 * At most `limit` rows of the journal behind `after`, in their order; none where it ends there. They come as one row, a text
 * of lines for each column: the driver makes several objects of every row that it reads, and this is most of its work.
 * Where something in them does not fit in a line, they are read again one by one.
 */
export async function readPage(
  query: Query,
  { bookkeeping: b }: Scope,
  after: number,
  limit: number,
): Promise<JournalRow[]> {
  const rows = `SELECT * FROM ${b}.journal WHERE seq > $1 ORDER BY seq LIMIT $2`
  const [page] = await query<Page>(`SELECT count(*)::int AS count, ${inLines} FROM (${rows}) rows`, [
    after,
    limit,
  ])
  if (page === undefined || page.count === 0) return []
  return rowsOf(page) ?? query<JournalRow>(`SELECT ${oneByOne} FROM (${rows}) rows`, [after, limit])
}

const oneByOne = 'seq, previous_hash AS "previousHash", hash, scope, kind, run_id AS "runId", subject, record'

/** What is absent is an empty line; texts that may be empty have a mark before them. A long record is read by itself. */
const lines: Readonly<Record<keyof JournalRow, string>> = {
  seq: 'seq::text',
  previousHash: 'previous_hash',
  hash: 'hash',
  scope: 'scope',
  kind: 'kind',
  runId: `coalesce(run_id::text, '')`,
  subject: `coalesce('=' || subject, '')`,
  record: 'CASE WHEN octet_length(record) < 65536 THEN record END',
}

/** Null, where none may be, becomes a line too many, as a line break within a value does. */
const inLines = Object.entries(lines)
  .map(([name, line]) => `string_agg(coalesce(${line}, E'\\n'), E'\\n') AS "${name}"`)
  .join(', ')

type Page = Readonly<Record<keyof JournalRow, string>> & { readonly count: number }

/** Undefined unless each column has exactly one line for each row. */
function rowsOf({ count, ...page }: Page): JournalRow[] | undefined {
  const column = (name: keyof JournalRow): string[] => page[name].split('\n')
  const [seqs, previousHashes, hashes] = [column('seq'), column('previousHash'), column('hash')]
  const [scopes, kinds, runIds] = [column('scope'), column('kind'), column('runId')]
  const [subjects, records] = [column('subject'), column('record')]
  const all = [seqs, previousHashes, hashes, scopes, kinds, runIds, subjects, records]
  if (all.some(({ length }) => length !== count)) return undefined
  return records.map((record, at) => ({
    seq: seqs[at] as string,
    previousHash: previousHashes[at] as string,
    hash: hashes[at] as string,
    scope: scopes[at] as string,
    kind: kinds[at] as string,
    runId: runIds[at] || null,
    subject: subjects[at] ? subjects[at].slice(1) : null,
    record,
  }))
}
