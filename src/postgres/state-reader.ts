import { literal } from './identifiers.js'
import type { Scope } from './scope.js'
import type { Prepared, Query } from './session.js'
import { historyFrom, recordsFrom, stateWith, type DatabaseState, type StateRow } from './state.js'
import { allTables, hasAll, stateStatement, type Present } from './state-statement.js'

/** The state as far as it is in tables that were known to be there, and which there are. */
export interface StateReading {
  readonly state: DatabaseState
  readonly found: Present
}

/** Reads the state in one statement; writes, locks and creates nothing. */
export type ReadState = (
  query: Query,
  present: Present,
  prepared: Prepared | undefined,
) => Promise<StateReading>

/** Rows as they were read last; no digest is like `unread`. */
interface Known<Rows> {
  readonly digest: string
  readonly rows: Rows
}

interface Memory {
  readonly history: Known<DatabaseState['history']>
  readonly records: Known<DatabaseState['records']>
}

const unread = '?'

/**
 * A reader that keeps what it has read: rows that are still the same, by their digest, are neither sent nor made into
 * objects again, and are the very same objects. Tables do not vanish in normal life, so each is looked for only until it
 * is found, in the same statement. Where statements can be prepared this one is planned once.
 */
export function createStateReader(scope: Scope): ReadState {
  let memory: Memory = { history: { digest: unread, rows: [] }, records: { digest: unread, rows: new Map() } }
  const ask = createAsking(scope)
  return async (query, present, prepared) => {
    const known = memory
    const row = await ask(query, present, known, prepared)
    const history = still(known.history, row.historyDigest, () => historyFrom(row))
    const records = still(known.records, row.recordsDigest, () => recordsFrom(row))
    memory = { history, records }
    return { state: stateWith(row, present, history.rows, records.rows), found: row.found ?? present }
  }
}

function still<Rows>(known: Known<Rows>, digest = unread, read: () => Rows): Known<Rows> {
  return digest === known.digest && digest !== unread ? known : { digest, rows: read() }
}

type Ask = (
  query: Query,
  present: Present,
  known: Memory,
  prepared: Prepared | undefined,
) => Promise<StateRow>

/** `invalid_sql_statement_name`, `duplicate_prepared_statement`: a pooler that passes for the server (PostgreSQL manual, appendix A). */
const notOurs = new Set<unknown>(['26000', '42P05'])

function createAsking(scope: Scope): Ask {
  let preparing = true
  const plainly = (query: Query, present: Present, { history, records }: Memory): Promise<StateRow[]> => {
    const digests = { history: literal(history.digest), records: literal(records.digest) }
    return query(stateStatement(scope, present, digests))
  }
  const text = stateStatement(scope, allTables, { history: '$1', records: '$2' })
  const planned = (prepared: Prepared, { history, records }: Memory): Promise<StateRow[]> =>
    prepared('sallyport_state', text, [history.digest, records.digest])
  return async (query, present, known, prepared) => {
    const rows =
      prepared && preparing && hasAll(present)
        ? await planned(prepared, known).catch((error: unknown) => {
            if (!notOurs.has((error as { code?: unknown }).code)) throw error
            preparing = false
            return plainly(query, present, known)
          })
        : await plainly(query, present, known)
    if (!rows[0]) throw new Error('connection lost: the server gave no answer')
    return rows[0]
  }
}
