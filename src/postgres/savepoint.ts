import type { Query } from './session.js'

/**
 * Does `work` in a transaction that goes on whatever comes of it: undefined, or the error after which nothing of it is left.
 * It waits for a lock `lockMs` at most. A deferred constraint that would refuse it at COMMIT does so here. Rejects where
 * the transaction is lost.
 */
export async function refusalOf(
  query: Query,
  lockMs: number,
  work: () => Promise<void>,
): Promise<{ readonly error: unknown } | undefined> {
  await query(`SET LOCAL lock_timeout = ${String(lockMs)}; SAVEPOINT work`)
  try {
    await work()
    await query('SET CONSTRAINTS ALL IMMEDIATE')
    return undefined
  } catch (error) {
    await query('ROLLBACK TO SAVEPOINT work')
    return { error }
  }
}
