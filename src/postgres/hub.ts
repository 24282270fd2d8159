import { openControl, type Control, type ControlTimings } from './control.js'
import { findTables, noTables, readState, type DatabaseState } from './state.js'
import type { LockKey } from './lock-key.js'
import { oldestSupportedVersion, type ServerFacts } from './server.js'
import { scopeOf, type Scope } from './scope.js'
import type { Query } from './session.js'
import type { Project } from '../project/project.js'

/** The kept control connection and what is known of the database behind it; opened again when it was lost. */
export interface Hub {
  /** Rejects with the driver's error, or `UnsupportedServerError`. */
  open(): Promise<Link>
  close(): Promise<void>
}

export interface Link {
  readonly control: Control
  readonly scope: Scope
  /** One round trip once the tables are known; writes, locks and creates nothing. */
  readonly readState: (query: Query) => Promise<DatabaseState>
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
  const stateOf = createStateReader()
  return Object.freeze({
    open: () => {
      opening ??= connect()
      return opening
    },
    close: async () => {
      const link = await opening?.catch(() => undefined)
      opening = undefined
      await link?.control.close()
    },
  })

  async function connect(): Promise<Link> {
    const forget = (): void => {
      opening = undefined
    }
    const keyFor = (facts: ServerFacts): LockKey => scopeOf(project, facts, schema).runKey
    const control = await openControl(project, keyFor, timings).catch((error: unknown) => {
      forget()
      throw error
    })
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
    return Object.freeze({ control, scope, readState: (query: Query) => stateOf(query, scope) })
  }
}

/** Remembers which tables were found, so that later readings are one round trip. */
function createStateReader(): (query: Query, scope: Scope) => Promise<DatabaseState> {
  let present = noTables
  const look = async (query: Query, scope: Scope): Promise<DatabaseState> => {
    if (!present.history || !present.bookkeeping) present = await findTables(query, scope)
    return readState(query, scope, present)
  }
  return async (query, scope) => {
    try {
      return await look(query, scope)
    } catch (error) {
      if ((error as { code?: string }).code !== '42P01') throw error
      // Somebody dropped them; what is there now is looked for again, which an aborted transaction cannot.
      present = noTables
      return look(query, scope).catch(() => Promise.reject(error as Error))
    }
  }
}
