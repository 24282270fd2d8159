import type { Scope } from '../postgres/scope.js'
import type { Query } from '../postgres/session.js'
import type { ParsedRecord } from './chain.js'
import { actorLegend, coverage, kindLegend, limits, recipe, summaryOf } from './legend.js'
import { verifyJournal, type JournalVerdict, type Reader, type VerifyOptions } from './verify.js'

export interface ExportOptions extends Pick<VerifyOptions, 'anchor'> {
  /** The first instant, inclusive, as a record's `at` is written: in UTC, to the microsecond. Default: the beginning. */
  readonly since?: string | undefined
  /** The last, exclusive. Default: the end. */
  readonly until?: string | undefined
  /** Takes the text piece by piece; what it returns is waited for. */
  readonly write: (text: string) => void | Promise<void>
}

/**
 * Writes the evidence as one JSON document, streaming: what it is and how to read it, the records of the time asked for,
 * one a line, and what verification found. The whole chain is verified, whatever part of it is written.
 */
export async function exportJournal(
  read: Reader,
  scope: Scope,
  { since, until, anchor, write }: ExportOptions,
): Promise<JournalVerdict> {
  const { head, taken } = await read((query) => opening(query, { since, until }))
  await write(head)
  // Written alike, texts compare as instants do.
  const [from, to] = [since ?? '', until ?? '~']
  let separator = '\n'
  let written = 0
  const onRecord = async (record: ParsedRecord, hash: string): Promise<void> => {
    const at = String(record['at'])
    if (at < from || at >= to) return
    await write(`${separator}    ${JSON.stringify({ what: summaryOf(record), ...record, hash })}`)
    separator = ',\n'
    written += 1
  }
  const verdict = await verifyJournal(read, scope, { anchor, onRecord })
  const found = { ...sentence(verdict), ...verdict, anchor: anchor ?? null, cannotSee: limits }
  await write(`\n  ],\n  "written": ${written},\n  "verification": ${indented({ ...found, at: taken })}\n}\n`)
  return verdict
}

function sentence(verdict: JournalVerdict): { readonly result: string } {
  if ('exists' in verdict) return { result: verdict.reason }
  if (verdict.intact) return { result: `The journal is intact: ${verdict.records} records, without a gap.` }
  return { result: `The journal is NOT intact: ${verdict.reason}` }
}

async function opening(
  query: Query,
  range: { readonly since: string | undefined; readonly until: string | undefined },
): Promise<{ readonly head: string; readonly taken: string }> {
  const [row] = await query<{ database: string; at: string; version: string }>(
    `SELECT current_database() AS database, current_setting('server_version') AS version,
      to_char(clock_timestamp() AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') AS at`,
  )
  const about = {
    title: 'Who changed the schema of this database: the journal of Sallyport',
    whatItIs:
      'Sallyport is the program through which changes of the schema ("migrations") reach this database. It lets in only callers from allowed network addresses who hold the migration secret, and writes down here every change, who asked for it, from where, and how it ended. No run begins before it is written down.',
    database: row?.database,
    server: `PostgreSQL ${row?.version ?? ''}`,
    exportedAt: row?.at,
    since: range.since ?? 'the beginning',
    until: range.until ?? 'now',
    covers: coverage,
    times: 'by the clock of the database, in UTC',
    members: memberLegend,
    actor: actorLegend,
    kinds: kindLegend,
    howToVerify: recipe,
  }
  return { head: `{\n  "about": ${indented(about)},\n  "records": [`, taken: row?.at ?? '' }
}

const memberLegend = {
  what: 'what the record says, in few words; added by the export',
  seq: 'number of the record, without a gap',
  at: 'when it was written, which for migration_applied is after data.appliedAt',
  kind: 'see kinds',
  run: 'the run that it belongs to, or null',
  subject: 'what it is about, mostly the name of a migration, or null',
  scope: 'the migrations table, as schema.table',
  data: 'what else is known; see kinds',
  previous: 'hash of the record before',
  hash: 'hash of this record',
  v: 'version of the form of records',
  written:
    'after the records: how many of them are in this document; where the journal is broken, those before the break',
  verification:
    'at the end: whether the whole journal, from its first record to its last, is complete and unchanged, whatever part of it is in this document; records: how many it has in all',
}

function indented(value: unknown): string {
  return JSON.stringify(value, undefined, 2).replaceAll('\n', '\n  ')
}
