import canonicalize from 'canonicalize'
import { literal } from '../postgres/identifiers.js'
import { storable } from '../postgres/json-text.js'

/**
 * What the journal records. The names are stable; a later version may add kinds, which an older one verifies like any
 * other record.
 */
export type JournalKind =
  | 'run_started'
  | 'migration_applied'
  | 'run_ended'
  | 'drift_accepted'
  | 'resolved_applied'
  | 'resolved_pending'
  | 'unlocked'
  | 'knex_lock_freed'
  | 'orphan_ended'
  | 'index_dropped'
  | 'outside_added'
  | 'outside_removed'
  | 'previous_secret_used'
  | 'requests_refused'

/** Something to be recorded; sequence, time and hashes are added where it is appended. */
export interface JournalEntry {
  readonly kind: JournalKind
  /** The run that it belongs to. */
  readonly runId?: string
  /** What it is about: mostly a migration's name. */
  readonly subject?: string
  /** Holds no secret. Members that are undefined are left out. */
  readonly data: Readonly<Record<string, unknown>>
}

/** The form of the records that this version writes; the member `v`. */
export const recordVersion = 1

/** What the first record has for the hash of the one before it. */
export const genesisHash = '0'.repeat(64)

/**
 * The one text of a value (RFC 8785). A lone surrogate, which UTF-8 cannot carry, becomes U+FFFD, as it does wherever
 * the text is encoded; so does NUL, which PostgreSQL cannot take out of JSON again. Throws for NaN and infinities.
 */
export function canonical(value: unknown): string {
  return canonicalize(wellFormed(value)) ?? 'null'
}

function wellFormed(value: unknown): unknown {
  const text = JSON.stringify(value, (_key, member: unknown) =>
    typeof member === 'string' ? storable(member) : member,
  ) as string | undefined
  return text === undefined ? null : (JSON.parse(text) as unknown)
}

/**
 * Rows to append, as a SELECT of `kind, run_id, subject, data, ord`; `data` is canonical JSON. They may be derived from
 * what the tables say at the time of appending.
 */
export type EntrySource = string

/** A source of exactly this entry. */
export function entrySource({ kind, runId, subject, data }: JournalEntry): EntrySource {
  const text = (value: string | undefined): string =>
    value === undefined ? 'NULL' : literal(storable(value))
  return `SELECT ${literal(kind)}::text AS kind, ${text(runId)}::uuid AS run_id, ${text(subject)}::text AS subject,
    ${literal(canonical(data))}::text AS data, ''::text AS ord`
}
