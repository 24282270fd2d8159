import { heldCondition, keyArguments } from './lock-key.js'
import { markedCondition } from './marks.js'
import type { Scope } from './scope.js'
import type { Query } from './session.js'

/**
 * The second lock. Holding the run lock does not prove that the predecessor's work has ended: its other backend goes on
 * to the end of its statement. So each transactional segment holds the fence inside its own transaction, and on a
 * direct connection a non-transactional migration's session holds it: whoever is in pg_locks with this key is a
 * migration's backend of this scope and nobody else.
 */
export function tryFenceStatement(scope: Scope): string {
  return `SELECT pg_try_advisory_xact_lock(${keyArguments(scope.fenceKey)}) AS fenced`
}

/** Whether it was got, from the rows of that statement. */
export function isFenced(results: readonly (readonly unknown[])[]): boolean {
  const [row] = results[0] ?? []
  return (row as { readonly fenced: boolean } | undefined)?.fenced === true
}

/** Ends whoever holds the fence; found and ended in one statement. The process ids of those that were ended. */
export async function endFenceHolders(query: Query, scope: Scope): Promise<readonly string[]> {
  const rows = await query<{ pid: string }>(
    `SELECT l.pid::text AS pid, pg_terminate_backend(l.pid) FROM pg_locks l
     WHERE ${heldCondition(scope.fenceKey)} AND l.pid <> pg_backend_pid()`,
  )
  return rows.map(({ pid }) => pid)
}

/** Whether a statement that carries a run's mark is still being executed somewhere. */
export async function isExecuting(query: Query, runId: string): Promise<boolean> {
  const rows = await query(`SELECT 1 FROM pg_stat_activity a WHERE ${markedCondition(runId)}`)
  return rows.length > 0
}

/** Ends the backends that execute a marked statement of this run; their process ids. */
export async function endMarked(query: Query, runId: string): Promise<readonly string[]> {
  const rows = await query<{ pid: string }>(
    `SELECT a.pid::text AS pid, pg_terminate_backend(a.pid) FROM pg_stat_activity a WHERE ${markedCondition(runId)}`,
  )
  return rows.map(({ pid }) => pid)
}

/** Cancels what this run executes right now (SQLSTATE 57014); its connection stays. */
export async function cancelMarked(query: Query, runId: string): Promise<number> {
  const rows = await query(
    `SELECT pg_cancel_backend(a.pid) FROM pg_stat_activity a WHERE ${markedCondition(runId)}`,
  )
  return rows.length
}
