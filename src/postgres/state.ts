import { heldCondition } from './lock-key.js'
import { literal } from './identifiers.js'
import { migrationName } from '../project/migration.js'
import { runColumns, runFromRow, type RunRecord, type RunRow } from './run-records.js'
import type { Scope } from './scope.js'
import type { Query } from './session.js'

/** What the database says at one instant; one statement, so that it is one snapshot. */
export interface DatabaseState {
  /** Rows of knex's table in the order of their ids. */
  readonly history: readonly HistoryRow[]
  /** What we know of the applied ones, by name. */
  readonly records: ReadonlyMap<string, MigrationRecord>
  /** Non-transactional migrations that were started, or failed, and whose outcome nobody wrote. */
  readonly openSteps: readonly OpenStep[]
  /** The newest run that has not ended. */
  readonly run: RunRecord | null
  /** The journal's newest record; null where there is none. */
  readonly journal: JournalHead | null
  /** The database's clock. */
  readonly now: string
  readonly present: Present
}

/** The journal's newest record: whoever keeps it elsewhere can tell later whether the journal was cut or rewritten. */
export interface JournalHead {
  readonly seq: number
  /** SHA-256, 64 hexadecimal digits. */
  readonly hash: string
}

export interface HistoryRow {
  readonly name: string
  readonly recordedAs: string
  readonly batch: number
}

export interface MigrationRecord {
  readonly name: string
  readonly checksum: string | null
  readonly kind: string
  readonly origin: 'run' | 'outside' | 'resolved'
  /** A person accepted that its file is missing. */
  readonly accepted: boolean
}

export interface OpenStep {
  readonly id: number
  readonly name: string
  readonly runId: string
  readonly repeatable: boolean
  readonly state: 'started' | 'failed'
  /** INVALID indexes that were there before it began, by oid. */
  readonly invalidBefore: readonly number[]
}

/** Which tables there are; a first boot has none. */
export interface Present {
  readonly history: boolean
  readonly knexLock: boolean
  readonly bookkeeping: boolean
  readonly journal: boolean
}

export const noTables: Present = { history: false, knexLock: false, bookkeeping: false, journal: false }

export const allTables: Present = { history: true, knexLock: true, bookkeeping: true, journal: true }

/** Looks for the tables by their names; needs no right on them. */
export async function findTables(query: Query, scope: Scope): Promise<Present> {
  const [row] = await query<Present>(`SELECT ${presenceColumns(scope)}`)
  return row ?? noTables
}

function presenceColumns(scope: Scope): string {
  return `to_regclass(${literal(scope.history)}) IS NOT NULL AS history,
            to_regclass(${literal(scope.knexLock)}) IS NOT NULL AS "knexLock",
            to_regclass(${literal(`${scope.bookkeeping}.steps`)}) IS NOT NULL AS bookkeeping,
            to_regclass(${literal(`${scope.bookkeeping}.journal`)}) IS NOT NULL AS journal`
}

interface StateRow {
  readonly history: readonly { name: string; batch: number }[] | null
  readonly records: readonly MigrationRecord[] | null
  readonly steps: readonly OpenStep[] | null
  readonly run: RunRow | null
  readonly journal: JournalHead | null
  readonly now: string
  /** knex's other table, which no reading needs: looked for each time. */
  readonly knexLock: boolean
  readonly found?: Present
}

/** The state as far as it is in tables that were known to be there, and which there are. */
export interface StateReading {
  readonly state: DatabaseState
  readonly found: Present
}

/**
 * Reads the state; writes, locks and creates nothing. Tables do not vanish in normal life, so each is looked for only until
 * it is found, in the same statement.
 */
export async function readState(query: Query, scope: Scope, present: Present): Promise<StateReading> {
  const rows = await query<StateRow>(stateStatement(scope, present))
  return { state: stateFrom(rows, present), found: rows[0]?.found ?? present }
}

/** The same as a statement without parameters, for `stateFrom`. */
export function stateStatement(scope: Scope, present: Present): string {
  const history = present.history ? historyExpression(scope) : 'NULL::json'
  const ours = present.bookkeeping
    ? bookkeepingExpressions(scope)
    : 'NULL::json AS records, NULL::json AS steps, NULL::json AS run'
  const journal = present.journal ? headExpression(scope) : 'NULL::json'
  const found = hasAll(present)
    ? ''
    : `, (SELECT row_to_json(p) FROM (SELECT ${presenceColumns(scope)}) p) AS found`
  return `SELECT ${history} AS history, ${ours}, ${journal} AS journal, clock_timestamp()::text AS now,
    to_regclass(${literal(scope.knexLock)}) IS NOT NULL AS "knexLock"${found}`
}

function hasAll({ history, bookkeeping, journal }: Present): boolean {
  return history && bookkeeping && journal
}

const nothing: StateRow = {
  history: null,
  records: null,
  steps: null,
  run: null,
  journal: null,
  now: '',
  knexLock: false,
}

export function stateFrom(rows: readonly unknown[], present: Present): DatabaseState {
  const [{ history, records, steps, run, journal, now, knexLock } = nothing] = rows as readonly StateRow[]
  return Object.freeze({
    history: (history ?? []).map(({ name, batch }) => ({
      name: migrationName(name),
      recordedAs: name,
      batch,
    })),
    records: new Map((records ?? []).map((record) => [record.name, record])),
    openSteps: steps ?? [],
    run: run && runFromRow(run),
    journal,
    now,
    present: { ...present, knexLock },
  })
}

function historyExpression(scope: Scope): string {
  return `(SELECT json_agg(json_build_object('name', name, 'batch', batch) ORDER BY id)
    FROM ${scope.history} WHERE name IS NOT NULL)`
}

function headExpression(scope: Scope): string {
  return `(SELECT json_build_object('seq', seq, 'hash', hash)
    FROM ${scope.bookkeeping}.journal ORDER BY seq DESC LIMIT 1)`
}

function bookkeepingExpressions(scope: Scope): string {
  const b = scope.bookkeeping
  const here = `scope = ${literal(scope.name)}`
  return `
    (SELECT json_agg(json_build_object('name', name, 'checksum', checksum, 'kind', kind, 'origin', origin,
         'accepted', accepted IS NOT NULL))
       FROM ${b}.migrations WHERE ${here}) AS records,
    (SELECT json_agg(json_build_object('id', id, 'name', name, 'runId', run_id, 'repeatable', repeatable,
         'state', state, 'invalidBefore', (SELECT coalesce(json_agg(o::bigint), '[]') FROM unnest(invalid_before) o))
         ORDER BY id)
       FROM ${b}.steps WHERE ${here} AND state IN ('started', 'failed')) AS steps,
    (SELECT row_to_json(found) FROM (SELECT ${runColumns(scope)} FROM ${b}.runs r
       WHERE ${here} AND status = 'running' ORDER BY started_at DESC LIMIT 1) found) AS run`
}

/** True while some session holds the run lock. */
export async function isRunLockHeld(query: Query, scope: Scope): Promise<boolean> {
  const [row] = await query<{ held: boolean }>(
    `SELECT EXISTS (SELECT FROM pg_locks l WHERE ${heldCondition(scope.runKey)}) AS held`,
  )
  return row?.held === true
}
