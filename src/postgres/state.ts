import { migrationName } from '../project/migration.js'
import { runFromRow, type RunRecord, type RunRow } from './run-records.js'
import type { Scope } from './scope.js'
import type { Query } from './session.js'
import { noTables, presenceColumns, type Present } from './state-statement.js'

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

/** Looks for the tables by their names; needs no right on them. */
export async function findTables(query: Query, scope: Scope): Promise<Present> {
  const [row] = await query<Present>(`SELECT ${presenceColumns(scope)}`)
  return row ?? noTables
}

/** What `stateStatement` answers. */
export interface StateRow {
  /** Null where there is none, and where the asker has it already. */
  readonly history: readonly { name: string; batch: number }[] | null
  readonly records: readonly MigrationRecord[] | null
  /** Only where the asker told what it has; null, as all but the time, where that is still so. */
  readonly snapshot?: string | null
  readonly historyDigest?: string
  readonly recordsDigest?: string
  readonly steps: readonly OpenStep[] | null
  readonly run: RunRow | null
  readonly journal: JournalHead | null
  readonly now: string
  readonly knexLock: boolean
  readonly found?: Present
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

/** Of the answer to a `stateStatement` about these tables. */
export function stateFrom(rows: readonly unknown[], present: Present): DatabaseState {
  const [row = nothing] = rows as readonly StateRow[]
  return stateWith(row, present, historyFrom(row), recordsFrom(row))
}

/** The same with rows that are known from before. */
export function stateWith(
  { steps, run, journal, now, knexLock }: StateRow,
  present: Present,
  history: DatabaseState['history'],
  records: DatabaseState['records'],
): DatabaseState {
  return Object.freeze({
    history,
    records,
    openSteps: steps ?? [],
    run: run && runFromRow(run),
    journal,
    now,
    present: { ...present, knexLock },
  })
}

export function historyFrom({ history }: StateRow): DatabaseState['history'] {
  return (history ?? []).map(({ name, batch }) => ({ name: migrationName(name), recordedAs: name, batch }))
}

export function recordsFrom({ records }: StateRow): DatabaseState['records'] {
  return new Map((records ?? []).map((record) => [record.name, record]))
}
