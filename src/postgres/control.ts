import { answerWithin } from './answer-deadline.js'
import { keyArguments, type LockKey } from './lock-key.js'
import { createExclusive } from './mutex.js'
import { beginLockTransaction, heldLock, type ControlTimings, type RunLock } from './run-lock.js'
import { readServerFacts, type ServerFacts } from './server.js'
import { openSession, type Prepared, type Query, type Session } from './session.js'
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
  /**
   * One at a time; inside the lock's transaction while the lock is held. A failing statement then loses the lock. At any
   * other time one that is not answered within `answerMs` ends the connection, and rejects. Default: that of the timings.
   * `prepared` is there where statements can be kept: not through a pooler, nor inside the lock's transaction, whose
   * snapshot one with parameters would hold.
   */
  read<T>(work: (query: Query, prepared?: Prepared) => Promise<T>, answerMs?: number): Promise<T>
  /**
   * A short transaction of its own, all in one message: the rows of each statement. Undefined, and nothing was done,
   * while the run lock is held here: what fails in its transaction would lose it.
   */
  aside(statements: readonly string[]): Promise<readonly (readonly unknown[])[] | undefined>
  /** Tries once, outside any transaction between tries. */
  tryLock(): Promise<RunLock | undefined>
  close(): Promise<void>
}

/**
 * What a reading may wait for a lock, of the time that the server gets for an answer. Milliseconds. Who is merely not waited
 * for any more goes on waiting on the server, where a lock's waiter does not notice that its client has gone: each look
 * would leave one more backend.
 */
export function lockWaitMs({ answerMs }: ControlTimings): number {
  return Math.max(1, Math.round(answerMs * 0.8))
}

/** Opens the connection. Rejects with the driver's error. */
export async function openControl(
  project: Project,
  keyFor: (facts: ServerFacts) => LockKey,
  timings: ControlTimings,
): Promise<Control> {
  const session = await openSession(project, 'sallyport')
  try {
    const reading = readServerFacts(session, project, lockWaitMs(timings))
    const facts = await answerWithin(timings.answerMs, reading, () => undefined)
    return controlOver(session, facts, keyFor(facts), timings)
  } catch (error) {
    await session.close()
    throw error
  }
}

function controlOver(session: Session, facts: ServerFacts, key: LockKey, timings: ControlTimings): Control {
  const exclusive = createExclusive()
  let locked = false
  const { answered, queryWithin, prepared } = createAsking(session, timings.answerMs, () => locked)
  const query = queryWithin()
  const begin = beginLockTransaction(facts, timings)
  // Else the aborted transaction would stay, and with it every later statement would fail.
  const rollingBack = async (error: unknown): Promise<never> => {
    if (!session.lost.aborted) await query('ROLLBACK').catch(() => undefined)
    throw error
  }
  const release = (): void => void (locked = false)
  return Object.freeze({
    facts,
    lost: session.lost,
    read: <T>(work: (query: Query, prepared?: Prepared) => Promise<T>, answerMs?: number) =>
      exclusive(() => work(queryWithin(answerMs), facts.direct && !locked ? prepared : undefined)),
    aside: (statements: readonly string[]) =>
      exclusive(async () => {
        if (locked) return undefined
        const message = session.each([...asideBegin, ...statements, 'COMMIT'])
        const rows = await answered(message, asideMs + timings.answerMs).catch(rollingBack)
        return rows.slice(asideBegin.length, -1)
      }),
    tryLock: () =>
      exclusive(async () => {
        const [row] = await query<{ pid: number; locked: boolean }>(
          `${begin} SELECT pg_backend_pid() AS pid, pg_try_advisory_xact_lock(${keyArguments(key)}) AS locked`,
        ).catch(rollingBack)
        locked = row?.locked === true
        if (row && locked) return heldLock({ session, exclusive, key, begin, timings, release, pid: row.pid })
        await query('ROLLBACK')
        return undefined
      }),
    close: () => session.close(),
  })
}

/** Not bounded while a run's lock is held: a server that is only slow must not cost the run. */
function createAsking(session: Session, answerMs: number, isHeld: () => boolean) {
  const answered = <T>(answer: Promise<T>, ms = answerMs): Promise<T> =>
    isHeld() ? answer : answerWithin(ms, answer, () => void session.close())
  const queryWithin =
    (ms?: number): Query =>
    (text, values) =>
      answered(session.query(text, values), ms)
  const prepared: Prepared = (name, text, values) => answered(session.prepared(name, text, values))
  return { answered, queryWithin, prepared }
}

/** How long one statement of what goes on in the background may take. */
const asideMs = 10_000

/** What goes on in the background waits for nobody. */
const asideBegin = [
  'BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE',
  `SET LOCAL lock_timeout = '2s'`,
  `SET LOCAL statement_timeout = ${String(asideMs)}`,
]
