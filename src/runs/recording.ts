import { appendStatements, headOf } from '../journal/append.js'
import type { EntrySource } from '../journal/record.js'
import type { RunLock } from '../postgres/control.js'
import { faultOf, isConnectionLoss } from '../postgres/errors.js'
import type { Link } from '../postgres/hub.js'
import { RunFailure } from './failures.js'

/** What is written in one transaction with the records, under the run lock. */
export interface Recorded {
  readonly lock: RunLock
  readonly link: Link
  readonly records: readonly EntrySource[]
  /** Statements before the records, which may be derived from what they wrote. */
  readonly before?: readonly string[]
  /** Statements after them. */
  readonly after?: readonly string[]
  /** Whether the lock goes with this commit. Default: it is kept. */
  readonly last?: boolean
}

/**
 * Commits, in one message, what is recorded and what belongs to it; on the same transaction stands what the lock has
 * written since its last commit. Throws `journal_unavailable`, unless it was the connection that failed.
 */
export async function commitRecorded({
  lock,
  link,
  records,
  before = [],
  after = [],
  last = false,
}: Recorded): Promise<void> {
  const statements = [...before, ...appendStatements(link.scope, records), ...after]
  const committed = last ? lock.commitLast(statements) : lock.commitAll(statements)
  const results = await committed.catch((error: unknown) => {
    throw isConnectionLoss(error) ? error : journalUnavailable(error)
  })
  const head = headOf(results)
  if (head) link.sawHead(head)
}

function journalUnavailable(cause: unknown): RunFailure {
  const { message, sqlState } = faultOf(cause)
  return new RunFailure(
    'journal_unavailable',
    `The record of the run could not be written (${message}), so nothing was applied. Check the migrating role’s rights on the bookkeeping schema, and the disk; then call again.`,
    { message, ...(sqlState ? { sqlState } : {}) },
    cause,
  )
}
