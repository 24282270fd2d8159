import { keyArguments, type LockKey } from './lock-key.js'
import type { Exclusive } from './mutex.js'
import type { ServerFacts } from './server.js'
import type { Query, Session } from './session.js'

/** Milliseconds. */
export interface ControlTimings {
  /** `idle_in_transaction_session_timeout` of the lock's transaction: a stopped holder loses the lock after it. */
  readonly lockIdleMs: number
  /** Interval of the heartbeat that keeps a living holder from it. */
  readonly heartbeatMs: number
  /** What the server gets for one answer, while no run hangs on it, before the connection is taken for dead. */
  readonly answerMs: number
}

/** Two minutes let a migration block the event loop for half a minute; a heartbeat every ten seconds stays well below. */
export const defaultControlTimings: ControlTimings = {
  lockIdleMs: 120_000,
  heartbeatMs: 10_000,
  answerMs: 5_000,
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
  /**
   * The same for statements that are known beforehand, in one message with the commit: what they lock is not held while
   * this process stands still. The rows of each. Statements have no parameters and no semicolon between them.
   */
  commitAll(statements: readonly string[]): Promise<readonly (readonly unknown[])[]>
  /** The same, and the lock goes with the commit; what is left to do is `release`, which then asks the server nothing. */
  commitLast(statements: readonly string[]): Promise<readonly (readonly unknown[])[]>
  release(): Promise<void>
}

/** The timeouts that a role may carry must not end the lock; a stopped holder must not keep it for ever. */
export function beginLockTransaction(facts: ServerFacts, timings: ControlTimings): string {
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
  /** Called when its transaction is over. */
  readonly release: () => void
}

/** Over the transaction that has just got it. */
export function heldLock(held: Held): RunLock {
  const { session, exclusive, key, begin, pid } = held
  const broken = new AbortController()
  const lose = (): void => broken.abort(session.lost.reason)
  session.lost.addEventListener('abort', lose, { once: true })
  const guarded = breakingOnError(exclusive, broken)
  const stopBeating = keepAlive(held, guarded)
  const keeping = commitKeepingLock(key, begin)
  let over = false
  return Object.freeze({
    pid,
    lost: broken.signal,
    read: <T>(work: (query: Query) => Promise<T>) => guarded(() => work(session.query)),
    commit: <T>(work: (query: Query) => Promise<T>) =>
      guarded(async () => {
        const result = await work(session.query)
        await session.query(keeping)
        return result
      }),
    commitAll: (statements: readonly string[]) => guarded(() => commitInOne(session, statements, keeping)),
    commitLast: (statements: readonly string[]) =>
      guarded(async () => {
        stopBeating()
        const rows = await commitInOne(session, statements, 'COMMIT')
        over = true
        broken.abort(released())
        return rows
      }),
    release: () =>
      exclusive(async () => {
        stopBeating()
        session.lost.removeEventListener('abort', lose)
        broken.abort(released())
        if (!over && !session.lost.aborted) await session.query('ROLLBACK')
        held.release()
      }),
  })
}

const released = (): Error => new Error('the run lock was released')

/** The rows of each, but for those of the commit, which may be several statements. */
async function commitInOne(session: Session, statements: readonly string[], commit: string) {
  return (await session.each([...statements, commit])).slice(0, statements.length)
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
