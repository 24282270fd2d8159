import { hash } from 'node:crypto'
import { canonicalEnd, unclear } from './canonical-text.js'
import { canonical, recordVersion } from './record.js'

/** A row of the journal as it is read; numbers of 64 bits as text. */
export interface JournalRow {
  readonly seq: string
  readonly previousHash: string
  readonly hash: string
  readonly scope: string
  readonly kind: string
  readonly runId: string | null
  readonly subject: string | null
  /** The text that was hashed. */
  readonly record: string
}

/** Where the chain stands before a row. */
export interface Link {
  readonly seq: number
  readonly hash: string
}

/** A record as its text says it. Members that a later version added are there too. */
export type ParsedRecord = Readonly<Record<string, unknown>>

/**
 * Why a row does not continue the chain, or its record; undefined where it does. Looks at everything that the row holds:
 * sequence, link, hash, canonical form, and that the columns say what the text says. Kinds and members it does not know are
 * taken as they are.
 */
export function breakOf(row: JournalRow, before: Link): string | undefined {
  const expected = before.seq + 1
  if (row.seq !== String(expected)) {
    return `record ${expected} is missing: after ${before.seq} comes ${row.seq}. Records were deleted, or their order was changed.`
  }
  if (row.previousHash !== before.hash) {
    return `record ${row.seq} does not follow on the record before it: its link names another hash. Records were inserted, replaced or reordered, or an earlier one was rewritten with its hash.`
  }
  if (hash('sha256', row.record) !== row.hash) {
    return `record ${row.seq} was changed: its text no longer has the hash that was kept with it.`
  }
  return isAsWritten(row) ? undefined : foundInText(row)
}

/**
 * Whether the text is, to its last character, what this version writes of these columns around `data` in canonical form. Of
 * most records that is so, and then nothing is left to be asked. Others may be as right, and are looked at more closely.
 */
function isAsWritten(row: JournalRow): boolean {
  const { record, kind, runId, scope, subject } = row
  if (!isPlain(kind) || !isPlain(scope) || !isPlain(runId ?? '') || !isPlain(subject ?? '')) return false
  const columns = `,"kind":"${kind}","previous":"${row.previousHash}","run":${quoted(runId)},"scope":"${scope}","seq":${row.seq},"subject":${quoted(subject)}${version}`
  if (!record.startsWith(beforeAt) || !record.endsWith(columns)) return false
  const atEnd = canonicalEnd(record, beforeAt.length)
  if (atEnd === unclear || !record.startsWith(beforeData, atEnd)) return false
  return canonicalEnd(record, atEnd + beforeData.length) === record.length - columns.length
}

const beforeAt = '{"at":'
const beforeData = ',"data":'
const version = `,"v":${String(recordVersion)}}`

const quoted = (text: string | null): string => (text === null ? 'null' : `"${text}"`)

/** Whether it is its own JSON, but for the quotes. */
const isPlain = (text: string): boolean => !/["\\\p{Cc}\p{Cs}]/u.test(text)

function foundInText(row: JournalRow): string | undefined {
  let record: unknown
  try {
    record = JSON.parse(row.record)
  } catch {
    return `record ${row.seq} is no JSON: it was not written by Sallyport.`
  }
  if (!isObject(record) || !isCanonical(record, row.record)) {
    return `record ${row.seq} is not in canonical form (RFC 8785): it was not written by Sallyport.`
  }
  if (holdsForeignCharacters(row.record)) {
    return `record ${row.seq} holds NUL or half a surrogate pair: it was not written by Sallyport.`
  }
  const differing = differingColumn(row, record)
  if (differing === undefined) return undefined
  return `record ${row.seq} was changed: its column ${differing} says something else than the text that was hashed.`
}

function differingColumn(row: JournalRow, record: ParsedRecord): string | undefined {
  if (record['seq'] !== Number(row.seq)) return 'seq'
  if (record['previous'] !== row.previousHash) return 'previous_hash'
  if (record['kind'] !== row.kind) return 'kind'
  if (record['scope'] !== row.scope) return 'scope'
  if (record['run'] !== row.runId) return 'run_id'
  return record['subject'] === row.subject ? undefined : 'subject'
}

function isObject(value: unknown): value is ParsedRecord {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** What `canonical` replaces, and PostgreSQL cannot take out of JSON. In a canonical text it can only be an escape. */
function holdsForeignCharacters(text: string): boolean {
  return text.includes('\\u') && /(?<!\\)(?:\\\\)*\\u(?:0000|d[89a-f])/.test(text)
}

/**
 * JSON.stringify writes numbers, strings and separators as RFC 8785 asks (it was made after ECMAScript) and keeps the
 * order of members; so with sorted names equality is enough. Names that look like array indexes it puts first, and then
 * the slow way decides. Half a surrogate pair in a name, or a depth that the stack does not hold, is refused with an error.
 */
function isCanonical(value: unknown, text: string): boolean {
  try {
    return (JSON.stringify(value) === text && isSorted(value)) || canonical(value) === text
  } catch {
    return false
  }
}

function isSorted(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return true
  if (Array.isArray(value)) return value.every(isSorted)
  let last = ''
  for (const name in value) {
    if (name < last || !isSorted((value as ParsedRecord)[name])) return false
    last = name
  }
  return true
}
