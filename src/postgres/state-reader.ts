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

/** As it was read last. */
interface Known<Value> {
  readonly digest: string
  readonly value: Value
}

interface Memory {
  readonly history: Known<DatabaseState['history']>
  readonly records: Known<DatabaseState['records']>
  /** The whole of it. */
  readonly state: Known<DatabaseState | undefined>
}

/** No digest and no snapshot is like it. */
const unread = '?'

/**
 * A reader that keeps what it has read. As long as nothing was written in the whole cluster, the server is asked for nothing
 * but whether that is so. Rows that are still the same, by their digest, are neither sent nor made into objects again,
 * and are the very same objects. Tables do not vanish in normal life, so each is looked for only until it is found, in the
 * same statement. Where statements can be prepared this one is planned once.
 */
export function createStateReader(scope: Scope): ReadState {
  let memory: Memory = {
    history: { digest: unread, value: [] },
    records: { digest: unread, value: new Map() },
    state: { digest: unread, value: undefined },
  }
  const ask = createAsking(scope)
  return async (query, present, prepared) => {
    const known = memory
    const row = await ask(query, present, known, prepared)
    const before = known.state.value
    if (row.snapshot === null && before)
      return { state: Object.freeze({ ...before, now: row.now }), found: present }
    const history = still(known.history, row.historyDigest, () => historyFrom(row))
    const records = still(known.records, row.recordsDigest, () => recordsFrom(row))
    const state = stateWith(row, present, history.value, records.value)
    memory = { history, records, state: { digest: rememberable(state, row), value: state } }
    return { state, found: row.found ?? present }
  }
}

/** While a run goes on, whether its process lives is told by a lock, which is in no snapshot. */
function rememberable({ run }: DatabaseState, { snapshot, found }: StateRow): string {
  return run || found ? unread : (snapshot ?? unread)
}

function still<Value>(known: Known<Value>, digest = unread, read: () => Value): Known<Value> {
  return digest === known.digest && digest !== unread ? known : { digest, value: read() }
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
  const plainly = (query: Query, present: Present, known: Memory): Promise<StateRow[]> => {
    const [history, records, snapshot] = digestsOf(known).map(literal) as [string, string, string]
    return query(stateStatement(scope, present, { history, records, snapshot }))
  }
  const text = stateStatement(scope, allTables, { history: '$1', records: '$2', snapshot: '$3' })
  const planned = (prepared: Prepared, known: Memory): Promise<StateRow[]> =>
    prepared('sallyport_state', text, digestsOf(known))
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

function digestsOf({ history, records, state }: Memory): string[] {
  return [history.digest, records.digest, state.digest]
}
