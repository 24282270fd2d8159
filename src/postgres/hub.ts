import { lockWaitMs, openControl, type Control, type ControlTimings } from './control.js'
import type { DatabaseState, JournalHead } from './state.js'
import { createStateReader, type ReadState } from './state-reader.js'
import { noTables, type Present } from './state-statement.js'
import type { LockKey } from './lock-key.js'
import { oldestSupportedVersion, type ServerFacts } from './server.js'
import { scopeOf, type Scope } from './scope.js'
import type { Prepared, Query } from './session.js'
import type { Project } from '../project/project.js'

/** The kept control connection and what is known of the database behind it; opened again when it was lost. */
export interface Hub {
  /** Rejects with the driver's error, or `UnsupportedServerError`; once closed, whatever is asked. */
  open(): Promise<Link>
  /** What is open already; undefined where nothing is, or not yet. */
  peek(): Link | undefined
  /** The newest head of the journal that was read or written here; null before that, and where there is no journal. */
  journalHead(): JournalHead | null
  isClosed(): boolean
  /** For good: a connection that a late call opened would keep the process from ending. */
  close(): Promise<void>
}

export interface Link {
  readonly control: Control
  readonly scope: Scope
  /** One round trip but for the one that finds tables; writes, locks and creates nothing. */
  readonly readState: (query: Query, prepared?: Prepared) => Promise<DatabaseState>
  /** Told of a state that was read otherwise. */
  readonly sawState: (state: DatabaseState) => void
  /** Told of the head that an append has left. */
  readonly sawHead: (head: JournalHead) => void
}

/** A server older than the oldest that is supported. */
export class UnsupportedServerError extends Error {
  override readonly name = 'UnsupportedServerError'

  constructor(version: string) {
    super(
      `The server is PostgreSQL ${version}; Sallyport needs ${String(oldestSupportedVersion)} or newer. Upgrade the server.`,
    )
  }
}

export function createHub(project: Project, schema: string, timings: ControlTimings): Hub {
  let opening: Promise<Link> | undefined
  let opened: Link | undefined
  let closed = false
  const seen: Seen = { head: null, present: noTables }
  const forget = (): void => {
    opening = opened = undefined
  }
  const connect = async (): Promise<Link> => {
    try {
      opened = await openLink({ project, schema, timings, forget }, seen)
      return opened
    } catch (error) {
      forget()
      throw error
    }
  }
  return Object.freeze({
    open: () => {
      if (closed) return Promise.reject(new Error('the connection was closed for good'))
      opening ??= connect()
      return opening
    },
    peek: () => opened,
    journalHead: () => seen.head,
    isClosed: () => closed,
    close: async () => {
      closed = true
      const link = await opening?.catch(() => undefined)
      forget()
      await link?.control.close()
    },
  })
}

/** What is remembered from one connection to the next. */
interface Seen {
  head: JournalHead | null
  /** Tables that were found, so that readings are one round trip but for the one that finds more. */
  present: Present
}

interface Opening {
  readonly project: Project
  readonly schema: string
  readonly timings: ControlTimings
  readonly forget: () => void
}

async function openLink({ project, schema, timings, forget }: Opening, seen: Seen): Promise<Link> {
  const keyFor = (facts: ServerFacts): LockKey => scopeOf(project, facts, schema).runKey
  const control = await openControl(project, keyFor, timings)
  const abandon = (): void => {
    forget()
    // What is left of it, the pool's timer for one, would keep the process from ending.
    void control.close().catch(() => undefined)
  }
  control.lost.addEventListener('abort', abandon, { once: true })
  if (control.facts.versionNumber < oldestSupportedVersion * 10_000) {
    await control.close()
    throw new UnsupportedServerError(control.facts.version)
  }
  const scope = scopeOf(project, control.facts, schema)
  const sawState = ({ present, journal }: DatabaseState): void => {
    seen.present = present
    seen.head = journal
  }
  const read = createStateReader(scope)
  const bounded = control.facts.direct ? (query: Query) => query : waitingAtMost(lockWaitMs(timings))
  return Object.freeze({
    control,
    scope,
    readState: async (query: Query, prepared?: Prepared) => {
      const state = await look({ read, query: bounded(query), prepared }, seen).catch(
        async (error: unknown) => {
          if ((error as { code?: unknown }).code !== '55P03') throw error
          const { tablesLocked } = await import('./table-locks.js')
          throw await tablesLocked(error, query, scope)
        },
      )
      sawState(state)
      return state
    },
    sawState,
    sawHead: (head: JournalHead) => void (seen.head = head),
  })
}

/** A reading through a pooler gives up by itself, too. */
function waitingAtMost(ms: number): (query: Query) => Query {
  return (query) => (text, values) => query(`SET LOCAL lock_timeout = ${String(ms)}; ${text}`, values)
}

interface Looking {
  readonly read: ReadState
  readonly query: Query
  readonly prepared: Prepared | undefined
}

async function look(looking: Looking, { present }: Seen): Promise<DatabaseState> {
  try {
    return await lookBeyond(looking, present)
  } catch (error) {
    if ((error as { code?: string }).code !== '42P01') throw error
    // Somebody dropped them; what is there now is looked for again, which an aborted transaction cannot.
    return lookBeyond(looking, noTables).catch(() => Promise.reject(error as Error))
  }
}

/** Again where there are more tables than were known. */
async function lookBeyond({ read, query, prepared }: Looking, known: Present): Promise<DatabaseState> {
  const { state, found } = await read(query, known, prepared)
  return sameTables(found, known) ? state : (await read(query, found, prepared)).state
}

function sameTables(one: Present, other: Present): boolean {
  return (Object.keys(one) as (keyof Present)[]).every((table) => one[table] === other[table])
}
