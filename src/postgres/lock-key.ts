import { createHash } from 'node:crypto'

/** Two 32-bit integers, the form in which advisory locks are listed in pg_locks (`classid`, `objid`). */
export interface LockKey {
  readonly classId: number
  readonly objectId: number
}

/**
 * The run lock's and the fence's keys for one migrations table; the others' for one bookkeeping schema. Advisory locks
 * belong to a database, so the database need not be part of it (PostgreSQL manual §13.3.5).
 */
export function lockKey(purpose: 'run' | 'fence' | 'bookkeeping' | 'journal', scope: string): LockKey {
  const digest = createHash('sha256').update(`sallyport\0${purpose}\0${scope}`).digest()
  return { classId: digest.readInt32BE(0), objectId: digest.readInt32BE(4) }
}

/** The key as the two arguments of an advisory lock function. */
export function keyArguments(key: LockKey): string {
  return `${String(key.classId)}, ${String(key.objectId)}`
}

/** A condition on pg_locks that is true for holders of this key in the current database. */
export function heldCondition(key: LockKey, alias = 'l'): string {
  // pg_locks shows the halves as unsigned oid; objsubid 2 marks the two-key form.
  const unsigned = (half: number): string => String(half >>> 0)
  return `${alias}.locktype = 'advisory' AND ${alias}.granted AND ${alias}.objsubid = 2
    AND ${alias}.database = (SELECT oid FROM pg_database WHERE datname = current_database())
    AND ${alias}.classid = ${unsigned(key.classId)} AND ${alias}.objid = ${unsigned(key.objectId)}`
}
