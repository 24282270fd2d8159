import type { JournalKind } from './record.js'

/** What each kind of record says, for a reader who knows nothing of the program. */
export const kindLegend: Readonly<Record<JournalKind, string>> = Object.freeze({
  run_started:
    'A caller who was let in asked for changes of the schema, and they began. data.actor: who, see actor. data.plan: the migrations to be applied, in order, each with the checksum (SHA-256) of its source; transaction tells whether it can be rolled back as a whole. data.batch: the number that knex gives to what one run applies. data.head: the newest migration that this release ships. data.boot: the release, the fingerprint of the configuration (equal for equal settings; no secret can be learnt from it), and what the process had warned of at its start.',
  migration_applied:
    'One migration (subject) was applied to the database by the run. data: when it was committed, how long it took, and the checksum of its source.',
  run_ended:
    'The run is over. data.outcome: applied (all of the plan), failed, cancelled, or interrupted (its process died). data.applied of data.planned migrations were applied and stay; the rest was not, or was rolled back. data.code, migration and sqlState (the error code of PostgreSQL) tell why it failed; cancelRequestedBy: who asked for its end, if somebody did; recovered: true where its process had died and a later one closed it.',
  drift_accepted:
    'A person decided to go on although an applied migration (subject) and its file no longer agree. data.finding: edited (the file was changed after it had been applied), missing (there is no file any more) or out_of_order (a new one sorts before one that is applied). data.reason: why; data.actor: who. The run that this allowed is the next one by the same actor.',
  resolved_applied:
    'A person stated that an interrupted migration (subject) had done its work, so it was recorded as applied. data.reason: why; data.actor: who.',
  resolved_pending:
    'A person stated that an interrupted migration (subject) had not done its work, so it is to be run again. data.reason: why; data.actor: who.',
  unlocked:
    'A person freed the lock row of knex (the library that applies the migrations) by hand, with the command line.',
  knex_lock_freed:
    'The lock row of knex, held by a run whose process had died, was freed. data.runs: which runs.',
  orphan_ended: 'Database sessions that a dead run had left at work were ended. data.backends: how many.',
  index_dropped:
    'An unusable index (subject) that an interrupted migration had left was dropped before it ran again.',
  outside_added:
    'A row of the migrations table (subject) was found that no run of this program wrote: it was there before the journal began, or was applied by other means. data: its batch, the name it is recorded under, and the checksum of its file when that was first seen, or null.',
  outside_removed:
    'A row of the migrations table (subject) has vanished: somebody rolled the migration back, or removed the row, by other means.',
  previous_secret_used:
    'While secrets were being rotated, a caller still used the previous one. data: from where. Recorded at most once in six hours for each process.',
  requests_refused:
    'Requests that were not let in, counted over the seconds before this record; nothing was changed by them. data.refusals: how many of each kind, with up to five of the addresses they came from (moreAddresses: there were others). code forbidden: from an address that is not allowed; unauthorized: with a wrong secret, or with none (reason tells which); too_many_attempts: after several of these; others are malformed requests. status: the HTTP status that was answered.',
})

/** Who, as `data.actor` says it. */
export const actorLegend = Object.freeze({
  credential:
    'what let the caller in. current: the migration secret, over the network. previous: the secret before it, which is still accepted while secrets are rotated. boot: no caller, but the start of a process of the application, with the credentials of the database. pipeline: the command line, with the credentials of the database; who may start it is decided where it runs (a CI pipeline, as a rule), whose own log says who did',
  address: 'network address of the caller; none for boot and pipeline',
  hops: 'the addresses that the request came by, from the nearest proxy to the caller; only where a proxy was passed',
  requestId: 'of the request; also in the log and in the answer',
  userAgent: 'the program that the caller says it is; unproven',
  traceId:
    'the trace that the request belonged to (header traceparent), to find it by in other logs; unproven',
  declared: 'whom the caller says it acts for (header X-Actor); unproven',
})

/** What the journal cannot know of. */
export const coverage =
  'Every change of the schema that was made through Sallyport, and every entry of the migrations table that others wrote or removed, seen when the next run begins. What somebody changes directly in the database, past migrations, is not here; the log of the database server is the place for that.'

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

/** What a record says in few words, also one of a kind that a later version wrote. */
export function summaryOf({ kind, data }: Readonly<Record<string, unknown>>): string {
  if (typeof kind !== 'string' || !Object.hasOwn(kindSummary, kind)) {
    return 'a record of a kind that this version does not know'
  }
  const said = kindSummary[kind as JournalKind]
  const { outcome } = (data ?? {}) as { readonly outcome?: unknown }
  return kind === 'run_ended' && typeof outcome === 'string' ? `${said}: ${outcome}` : said
}

/** How to check a record without this program. */
export const recipe =
  'Each record is kept as text: the canonical JSON (RFC 8785) of at, data, kind, previous, run, scope, seq, subject and v. Its hash is the SHA-256 of that text in UTF-8, in hexadecimal. previous is the hash of the record before it; the first has 64 zeros. seq counts from 1 without a gap. Here each record carries its hash beside those members; "what" is an explanation and no part of it.'

/** What no verification of the chain can see, and what answers it. */
export const limits =
  'The chain shows every change, insertion, deletion and reordering by somebody who cannot compute all later hashes anew. It cannot show that records were cut off its end, or that its owner wrote all of it anew. For that an anchor is needed: the number and hash of a record, kept outside the database (in the log, in the header X-Journal-Head, in the monitoring), given to "sallyport journal verify --anchor seq:hash".'
