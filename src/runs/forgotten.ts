import { setImmediate as nextTurn } from 'node:timers/promises'
import type { Work } from '../postgres/work.js'
import type { Migration } from '../project/migration.js'
import type { LiveRun } from './live-run.js'
import type { SegmentContext } from './transactional.js'

/**
 * What the user's code does, or the run's ending: a promise of its that never resolves must not hold the run. It rejects
 * once nothing is in flight any more, so that what is said then is still true later.
 */
export async function untilEnded<T>(run: LiveRun, work: Work, call: () => T): Promise<Awaited<T>> {
  let onEnded: () => void = () => undefined
  const ended = new Promise<never>((_, reject) => {
    onEnded = () => void work.idle().then(() => reject(run.ended.reason as Error))
  })
  run.ended.addEventListener('abort', onEnded, { once: true })
  try {
    run.ended.throwIfAborted()
    return await Promise.race([named(call), ended])
  } finally {
    run.ended.removeEventListener('abort', onEnded)
  }
}

/**
 * A query that the migration did not wait for. Folders that migrate with knex hold such, for knex commits behind it: a
 * connection takes one statement after the other. So its record waits for it here and for what follows from it, and where
 * that fails, so does the migration. A cursor or COPY may wait for somebody who is not there; that is refused.
 */
export async function awaitForgotten(
  { work, run, logger }: Pick<SegmentContext, 'work' | 'run' | 'logger'>,
  { name, recordedAs }: Migration,
): Promise<void> {
  // knex sends a statement some promises after it was asked to: a turn of the event loop later all are on their way.
  await nextTurn()
  const { unheard } = work.faults
  if (unheard !== undefined) throw unheard as Error
  if (work.inFlight() === 0) return
  const what = `${recordedAs} returned while a query of it was still under way: an \`await\` or \`return\` is missing`
  logger.warn(`${what}; its record waits for that query`, { code: 'query_not_awaited', migration: name })
  await untilEnded(run, work, () => work.quiet())
  if (work.inFlight() === 0) return
  const reason = new Error(what)
  // Behind a cursor that nobody reads no statement is answered, not even ROLLBACK.
  work.giveUp(reason)
  throw reason
}

/** knex looks for a message in whatever was thrown. */
async function named<T>(call: () => T): Promise<Awaited<T>> {
  try {
    return await call()
  } catch (error) {
    if (error !== undefined && error !== null) throw error as Error
    throw new Error(`it was rejected with ${String(error)}`, { cause: error })
  }
}
