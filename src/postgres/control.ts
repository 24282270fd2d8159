import { keyArguments, type LockKey } from './lock-key.js'
import { createExclusive } from './mutex.js'
import { beginLockTransaction, heldLock, type ControlTimings, type RunLock } from './run-lock.js'
import { readServerFacts, type ServerFacts } from './server.js'
import { openSession, type Query, type Session } from './session.js'
import type { Project } from '../project/project.js'

export { defaultControlTimings, type ControlTimings, type RunLock } from './run-lock.js'

/**
 * The one kept connection: it reads the state, polls for the run lock and, while a run goes on, holds it.
 *
 * The lock is a transaction-level advisory lock in a READ COMMITTED transaction that sits idle: it holds no snapshot, so
 * `CREATE INDEX CONCURRENTLY` never waits for it; it pins its server connection, so it is safe behind PgBouncer in
 * transaction mode; and it is freed by death (PostgreSQL manual §13.3.5, §9.28.10).
 */
export interface Control {
  readonly facts: ServerFacts
  readonly lost: AbortSignal
  /** One at a time; inside the lock's transaction while the lock is held. A failing statement then loses the lock. */
  read<T>(work: (query: Query) => Promise<T>): Promise<T>
  /**
   * A short transaction of its own, all in one message: the rows of each statement. Undefined, and nothing was done,
   * while the run lock is held here: what fails in its transaction would lose it.
   */
  aside(statements: readonly string[]): Promise<readonly (readonly unknown[])[] | undefined>
  /** Tries once, outside any transaction between tries. */
  tryLock(): Promise<RunLock | undefined>
  close(): Promise<void>
}

/** Opens the connection. Rejects with the driver's error. */
export async function openControl(
  project: Project,
  keyFor: (facts: ServerFacts) => LockKey,
  timings: ControlTimings,
): Promise<Control> {
  const session = await openSession(project, 'sallyport')
  try {
    const facts = await readServerFacts(session, project)
    return controlOver(session, facts, keyFor(facts), timings)
  } catch (error) {
    await session.close()
    throw error
  }
}

function controlOver(session: Session, facts: ServerFacts, key: LockKey, timings: ControlTimings): Control {
  const exclusive = createExclusive()
  const read = <T>(work: (query: Query) => Promise<T>): Promise<T> => exclusive(() => work(session.query))
  const begin = beginLockTransaction(facts, timings)
  // Else the aborted transaction would stay, and with it every later statement would fail.
  const rollingBack = async (error: unknown): Promise<never> => {
    await session.query('ROLLBACK').catch(() => undefined)
    throw error
  }
  let locked = false
  const release = (): void => void (locked = false)
  return Object.freeze({
    facts,
    lost: session.lost,
    read,
    aside: (statements: readonly string[]) =>
      exclusive(async () => {
        if (locked) return undefined
        const rows = await session.each([...asideBegin, ...statements, 'COMMIT']).catch(rollingBack)
        return rows.slice(asideBegin.length, -1)
      }),
    tryLock: () =>
      exclusive(async () => {
        const [row] = await session
          .query<{ pid: number; locked: boolean }>(
            `${begin} SELECT pg_backend_pid() AS pid, pg_try_advisory_xact_lock(${keyArguments(key)}) AS locked`,
          )
          .catch(rollingBack)
        locked = row?.locked === true
        if (row && locked) return heldLock({ session, exclusive, key, begin, timings, release, pid: row.pid })
        await session.query('ROLLBACK')
        return undefined
      }),
    close: () => session.close(),
  })
}

/** What goes on in the background waits for nobody. */
const asideBegin = [
  'BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE',
  `SET LOCAL lock_timeout = '2s'`,
  `SET LOCAL statement_timeout = '10s'`,
]
