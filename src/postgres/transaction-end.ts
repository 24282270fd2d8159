import { withoutConstants } from './masking.js'

/** Ends a transaction; not RELEASE and ROLLBACK TO, by which knex ends a nested one. */
const ending = /^\s*(?:commit|end|abort|prepare\s+transaction|rollback(?!(?:\s+\w+)?\s+to\b))\b/i

/** Spares nearly every statement the closer look. */
const suspicious = /\b(?:commit|end|abort|prepare|rollback)\b/i

/** The body of a function in the standard's form, whose statements end with semicolons and itself with END. */
const atomic = /\bbegin\s+atomic\b/i

/**
 * Whether a message ends the transaction around it, also in the midst of several statements or behind a comment. Of
 * functions with BEGIN ATOMIC only the beginning is known; what follows them is seen in the session's state afterwards.
 */
export function endsTransaction(text: string): boolean {
  if (!suspicious.test(text)) return false
  const plain = withoutConstants(text)
  const [before = ''] = plain.split(atomic)
  return before.split(';').some((statement) => ending.test(statement))
}
