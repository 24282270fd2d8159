import type { JournalKind } from './record.js'

/** What each kind of record says, for a reader who knows nothing of the program. */
export const kindLegend: Readonly<Record<JournalKind, string>> = Object.freeze({
  run_started:
    'Somebody was allowed to change the schema, and the change began. data.actor: who (credential: which secret let the caller in, or "boot" for the start of a process, or "pipeline" for the command line; address: the network address; hops: the proxies passed; requestId and userAgent: of the request; declared: what the caller says of itself, unproven). data.plan: the migrations to be applied, each with the checksum of its source. data.boot: release, fingerprint of the configuration, and warnings of the process.',
  migration_applied:
    'One migration (subject) was applied to the database by the run. data: when it was committed, how long it took, and the checksum of its source.',
  run_ended:
    'The run is over. data.outcome: applied, failed, cancelled or interrupted (its process died). data.code, migration and sqlState tell why it failed; recovered: another process closed it.',
  drift_accepted:
    'A person decided to go on although an applied migration (subject) and its file no longer agree. data.reason: why; data.actor: who.',
  resolved_applied:
    'A person stated that an interrupted migration (subject) had done its work, so it was recorded as applied. data.reason: why; data.actor: who.',
  resolved_pending:
    'A person stated that an interrupted migration (subject) had not done its work, so it is to be run again. data.reason: why; data.actor: who.',
  unlocked: 'A person freed the lock row of knex by hand, with the command line.',
  knex_lock_freed:
    'The lock row of knex, held by a run whose process had died, was freed. data.runs: which runs.',
  orphan_ended: 'Database sessions that a dead run had left at work were ended. data.backends: how many.',
  index_dropped:
    'An unusable index (subject) that an interrupted migration had left was dropped before it ran again.',
  outside_added:
    'A row of the migrations table (subject) was found that no run of this program wrote: it was there before the journal began, or was applied by other means.',
  outside_removed:
    'A row of the migrations table (subject) has vanished: somebody rolled the migration back, or removed the row, by other means.',
  previous_secret_used:
    'While secrets were being rotated, a caller still used the previous one. data: from where. Recorded at most once in six hours for each process.',
  requests_refused:
    'Requests that were not let in, counted over the seconds before this record. data.refusals: how many of each kind, with some of the addresses they came from.',
})

/** In few words, beside each record. */
export const kindSummary: Readonly<Record<JournalKind, string>> = Object.freeze({
  run_started: 'a schema change began',
  migration_applied: 'a migration was applied',
  run_ended: 'the schema change ended',
  drift_accepted: 'a difference was accepted by a person',
  resolved_applied: 'an open question was answered by a person: applied',
  resolved_pending: 'an open question was answered by a person: to be run again',
  unlocked: 'the lock of knex was freed by a person',
  knex_lock_freed: 'a lock left by a dead process was freed',
  orphan_ended: 'sessions left by a dead process were ended',
  index_dropped: 'an unusable index left by an interrupted migration was dropped',
  outside_added: 'a migration was recorded by other means',
  outside_removed: 'a recorded migration vanished',
  previous_secret_used: 'the previous secret was used',
  requests_refused: 'requests were refused',
})

/** What a record of a kind is, also of one that a later version wrote. */
export function summaryOf(kind: unknown): string {
  return typeof kind === 'string' && Object.hasOwn(kindSummary, kind)
    ? kindSummary[kind as JournalKind]
    : 'a record of a kind that this version does not know'
}

/** How to check a record without this program. */
export const recipe =
  'Each record is kept as text: the canonical JSON (RFC 8785) of at, data, kind, previous, run, scope, seq, subject and v. Its hash is the SHA-256 of that text in UTF-8, in hexadecimal. previous is the hash of the record before it; the first has 64 zeros. seq counts from 1 without a gap. Here each record carries its hash beside those members; "what" is an explanation and no part of it.'

/** What no verification of the chain can see, and what answers it. */
export const limits =
  'The chain shows every change, insertion, deletion and reordering by somebody who cannot compute all later hashes anew. It cannot show that records were cut off its end, or that its owner wrote all of it anew. For that an anchor is needed: the number and hash of a record, kept outside the database (in the log, in the header X-Journal-Head, in the monitoring), given to "sallyport journal verify --anchor seq:hash".'
