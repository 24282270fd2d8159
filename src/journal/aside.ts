import { literal } from '../postgres/identifiers.js'
import type { Link } from '../postgres/hub.js'
import { appendStatements, headOf } from './append.js'
import { entrySource, type JournalEntry } from './record.js'

/**
 * Appends in a short transaction beside the runs, where a journal exists; it is never created for that. False: nothing
 * was written, because there is none, or because a run of this process holds the connection. Rejects as the driver does.
 */
export async function appendAside(
  { control, scope, sawHead }: Link,
  entries: readonly JournalEntry[],
): Promise<boolean> {
  const found = await control.aside([
    `SELECT to_regclass(${literal(`${scope.bookkeeping}.journal`)}) IS NOT NULL AS present`,
  ])
  const [[row] = []] = found ?? []
  if ((row as { readonly present: boolean } | undefined)?.present !== true) return false
  const results = await control.aside(appendStatements(scope, entries.map(entrySource)))
  const head = results && headOf(results)
  if (head) sawHead(head)
  return head !== undefined
}
