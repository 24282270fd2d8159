import { keyArguments, type LockKey } from './lock-key.js'
import { createExclusive, type Exclusive } from './mutex.js'
import { readServerFacts, type ServerFacts } from './server.js'
import { openSession, type Query, type Session } from './session.js'
import type { Project } from '../project/project.js'

/** Milliseconds. */
export interface ControlTimings {
  /** `idle_in_transaction_session_timeout` of the lock's transaction: a stopped holder loses the lock after it. */
  readonly lockIdleMs: number
  /** Interval of the heartbeat that keeps a living holder from it. */
  readonly heartbeatMs: number
}

/** Two minutes let a migration block the event loop for half a minute; a heartbeat every ten seconds stays well below. */
export const defaultControlTimings: ControlTimings = { lockIdleMs: 120_000, heartbeatMs: 10_000 }

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
  /** Tries once, outside any transaction between tries. */
  tryLock(): Promise<RunLock | undefined>
  close(): Promise<void>
}

/** The run lock, held. */
export interface RunLock {
  /** The server process that holds it, as it is seen in pg_locks. */
  readonly pid: number
  /** Aborted once the lock can no longer be counted on. */
  readonly lost: AbortSignal
  read<T>(work: (query: Query) => Promise<T>): Promise<T>
  /** Commits what `work` wrote without letting go of the lock. Rejects, and the lock is lost, when it fails. */
  commit<T>(work: (query: Query) => Promise<T>): Promise<T>
  release(): Promise<void>
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
  return Object.freeze({
    facts,
    lost: session.lost,
    read,
    tryLock: () =>
      exclusive(async () => {
        const [row] = await session
          .query<{ pid: number; locked: boolean }>(
            `${begin} SELECT pg_backend_pid() AS pid, pg_try_advisory_xact_lock(${keyArguments(key)}) AS locked`,
          )
          .catch(async (error: unknown) => {
            // Else the aborted transaction would stay, and with it every later statement would fail.
            await session.query('ROLLBACK').catch(() => undefined)
            throw error
          })
        if (row?.locked === true) return heldLock({ session, exclusive, key, begin, timings, pid: row.pid })
        await session.query('ROLLBACK')
        return undefined
      }),
    close: () => session.close(),
  })
}

/** The timeouts that a role may carry must not end the lock; a stopped holder must not keep it for ever. */
function beginLockTransaction(facts: ServerFacts, timings: ControlTimings): string {
  const since17 = facts.versionNumber >= 170_000 ? 'SET LOCAL transaction_timeout = 0;' : ''
  // A standby refuses READ WRITE; that it is one is told by the connection on which migrations run.
  const mode = facts.readOnly ? '' : ' READ WRITE'
  return `BEGIN ISOLATION LEVEL READ COMMITTED${mode};
    SET LOCAL idle_in_transaction_session_timeout = ${String(timings.lockIdleMs)}; ${since17}
    SET LOCAL lock_timeout = '5s'; SET LOCAL statement_timeout = '30s';`
}

interface Held {
  readonly session: Session
  readonly exclusive: Exclusive
  readonly key: LockKey
  readonly begin: string
  readonly timings: ControlTimings
  readonly pid: number
}

function heldLock(held: Held): RunLock {
  const { session, exclusive, key, begin, pid } = held
  const broken = new AbortController()
  const lose = (): void => {
    broken.abort(session.lost.reason)
  }
  session.lost.addEventListener('abort', lose, { once: true })
  const guarded = breakingOnError(exclusive, broken)
  const stopBeating = keepAlive(held, guarded)
  return Object.freeze({
    pid,
    lost: broken.signal,
    read: <T>(work: (query: Query) => Promise<T>) => guarded(() => work(session.query)),
    commit: <T>(work: (query: Query) => Promise<T>) =>
      guarded(async () => {
        const result = await work(session.query)
        await session.query(commitKeepingLock(key, begin))
        return result
      }),
    release: () =>
      exclusive(async () => {
        stopBeating()
        session.lost.removeEventListener('abort', lose)
        broken.abort(new Error('the run lock was released'))
        if (!session.lost.aborted) await session.query('ROLLBACK')
      }),
  })
}

/** A statement that failed has aborted the transaction, and the lock goes with it. */
function breakingOnError(exclusive: Exclusive, broken: AbortController): Exclusive {
  return (work) =>
    exclusive(async () => {
      broken.signal.throwIfAborted()
      try {
        return await work()
      } catch (error) {
        broken.abort(error)
        throw error
      }
    })
}

function keepAlive({ session, timings }: Held, guarded: Exclusive): () => void {
  // A statement that takes no snapshot, for which a CREATE INDEX CONCURRENTLY would wait.
  const beat = (): void => void guarded(() => session.query('SHOW server_version_num')).catch(() => undefined)
  const timer = setInterval(beat, timings.heartbeatMs).unref()
  return () => {
    clearInterval(timer)
  }
}

/**
 * A session may hold one key at both levels. The session-level lock bridges the instant between the two transactions,
 * all in one message: a killed client's message is executed to its end, and a pooler keeps the server connection until
 * it is. Nothing that can fail stands between taking and freeing it but COMMIT itself.
 */
function commitKeepingLock(key: LockKey, begin: string): string {
  const args = keyArguments(key)
  return `SELECT pg_advisory_lock(${args}); COMMIT; ${begin}
    SELECT pg_advisory_xact_lock(${args}); SELECT pg_advisory_unlock(${args})`
}
