import { literal } from './identifiers.js'
import { runColumns } from './run-records.js'
import type { Scope } from './scope.js'

/** Which tables there are; a first boot has none. */
export interface Present {
  readonly history: boolean
  readonly knexLock: boolean
  readonly bookkeeping: boolean
  readonly journal: boolean
}

export const noTables: Present = { history: false, knexLock: false, bookkeeping: false, journal: false }

export const allTables: Present = { history: true, knexLock: true, bookkeeping: true, journal: true }

export function presenceColumns(scope: Scope): string {
  return `to_regclass(${literal(scope.history)}) IS NOT NULL AS history,
            to_regclass(${literal(scope.knexLock)}) IS NOT NULL AS "knexLock",
            to_regclass(${literal(`${scope.bookkeeping}.steps`)}) IS NOT NULL AS bookkeeping,
            to_regclass(${literal(`${scope.bookkeeping}.journal`)}) IS NOT NULL AS journal`
}

/** Whether nothing is left to look for but knex's other table, which no reading needs. */
export function hasAll({ history, bookkeeping, journal }: Present): boolean {
  return history && bookkeeping && journal
}

/** Expressions of type text: what the asker has already. */
export interface KnownDigests {
  /** Digests of rows. */
  readonly history: string
  readonly records: string
  /** The snapshot of the state that the asker has. */
  readonly snapshot: string
}

/**
 * Who is asked, and what that shows to this statement: as long as it is the same, no transaction has ended in the whole
 * cluster that had written anything (PostgreSQL manual, "Transaction ID and Snapshot Information Functions"). A pooler may
 * lead to another server, database or role; after a crash a lost transaction's number may be given out again, but not to
 * the same backend. A standby's snapshot does not name the transactions that go on; there each statement has one of its own.
 */
const snapshot = `concat_ws(' ', pg_postmaster_start_time(), pg_backend_pid(), current_user, current_database(),
    CASE current_setting('in_hot_standby', true) WHEN 'off' THEN pg_current_snapshot()::text ELSE statement_timestamp()::text END)`

/**
 * The state in one statement, so that it is one snapshot. Without parameters, unless `known` brings them. With `known`
 * nothing but the time is told while the snapshot is the known one; else the snapshot and the digests of history and of
 * records come along, and of these two themselves only what is not known by its digest.
 */
export function stateStatement(scope: Scope, present: Present, known?: KnownDigests): string {
  const now = 'clock_timestamp()::text AS now'
  const columns = columnsOf(scope, present, known)
  if (!known) return `SELECT ${[now, ...columns].join(',\n    ')}`
  return `SELECT ${now}, s.* FROM (SELECT) always LEFT JOIN LATERAL (
  SELECT ${[`${snapshot} AS snapshot`, ...columns].join(',\n    ')}
  FROM ${digests(scope, present)}
  WHERE ${snapshot} <> ${known.snapshot} OFFSET 0) s ON true`
}

function columnsOf(scope: Scope, present: Present, known: KnownDigests | undefined): string[] {
  return [
    ...rowsColumns(scope, present, known),
    ...(present.bookkeeping ? runColumnsOf(scope) : ['NULL::json AS steps', 'NULL::json AS run']),
    `${present.journal ? headExpression(scope) : 'NULL::json'} AS journal`,
    // Which no reading needs: looked for each time.
    `to_regclass(${literal(scope.knexLock)}) IS NOT NULL AS "knexLock"`,
    ...(hasAll(present)
      ? []
      : [`(SELECT row_to_json(p) FROM (SELECT ${presenceColumns(scope)}) p) AS found`]),
  ]
}

function rowsColumns(scope: Scope, present: Present, known: KnownDigests | undefined): string[] {
  const history = present.history ? historyExpression(scope) : 'NULL::json'
  const records = present.bookkeeping ? recordsExpression(scope) : 'NULL::json'
  if (!known) return [`${history} AS history`, `${records} AS records`]
  return [
    'd.history AS "historyDigest"',
    'd.records AS "recordsDigest"',
    `CASE WHEN d.history IS DISTINCT FROM ${known.history} THEN ${history} END AS history`,
    `CASE WHEN d.records IS DISTINCT FROM ${known.records} THEN ${records} END AS records`,
  ]
}

/** 64 bits of each row, added up: read in any order, and a tenth of the cost of sending the rows. */
function digests(scope: Scope, present: Present): string {
  const history = present.history
    ? `(SELECT ${digestOf('name', "id::text || ' ' || coalesce(batch::text, '')")} FROM ${scope.history} WHERE name IS NOT NULL)`
    : "'none'"
  const records = present.bookkeeping
    ? `(SELECT ${digestOf('name', "coalesce(checksum, '')", 'kind', "CASE WHEN accepted IS NULL THEN origin ELSE origin || ' accepted' END")}
      FROM ${scope.bookkeeping}.migrations WHERE scope = ${literal(scope.name)})`
    : "'none'"
  // OFFSET keeps the planner from computing each as often as it is named.
  return `(SELECT ${history} AS history, ${records} AS records OFFSET 0) d`
}

/** Each text's hash seeds the next one's, so that it counts which of them is which. None may be NULL, which would hide its row. */
function digestOf(...texts: readonly string[]): string {
  const hash = texts.reduce((seed, text) => `hashtextextended((${text}) COLLATE "C", ${seed})`, '0')
  return `coalesce(sum(${hash}), 0)::text`
}

function historyExpression(scope: Scope): string {
  return `(SELECT json_agg(json_build_object('name', name, 'batch', batch) ORDER BY id)
    FROM ${scope.history} WHERE name IS NOT NULL)`
}

function headExpression(scope: Scope): string {
  return `(SELECT json_build_object('seq', seq, 'hash', hash)
    FROM ${scope.bookkeeping}.journal ORDER BY seq DESC LIMIT 1)`
}

function recordsExpression(scope: Scope): string {
  return `(SELECT json_agg(json_build_object('name', name, 'checksum', checksum, 'kind', kind, 'origin', origin,
         'accepted', accepted IS NOT NULL))
       FROM ${scope.bookkeeping}.migrations WHERE scope = ${literal(scope.name)})`
}

function runColumnsOf(scope: Scope): string[] {
  const b = scope.bookkeeping
  const here = `scope = ${literal(scope.name)}`
  return [
    `(SELECT json_agg(json_build_object('id', id, 'name', name, 'runId', run_id, 'repeatable', repeatable,
         'state', state, 'invalidBefore', (SELECT coalesce(json_agg(o::bigint), '[]') FROM unnest(invalid_before) o))
         ORDER BY id)
       FROM ${b}.steps WHERE ${here} AND state IN ('started', 'failed')) AS steps`,
    `(SELECT row_to_json(found) FROM (SELECT ${runColumns(scope)} FROM ${b}.runs r
       WHERE ${here} AND status = 'running' ORDER BY started_at DESC LIMIT 1) found) AS run`,
  ]
}
