import { readKnexLock, resetKnexLock } from '../postgres/history.js'
import type { Hub } from '../postgres/hub.js'
import type { Unlocked } from './engine.js'
import { RunFailure } from './failures.js'

/**
 * Frees knex's lock row because a person says that nobody is migrating; never while a run goes on, and never under a
 * knex CLI that is in its transaction, whose row lock is waited for and then reported.
 */
export async function unlock(hub: Hub): Promise<Unlocked> {
  const { control, scope, readState } = await hub.open()
  const { present } = await control.read(readState)
  if (!present.history) return { freed: false }
  const lock = await control.tryLock()
  if (!lock) {
    throw new RunFailure(
      'blocked',
      'A run of Sallyport is under way, so there is nothing to unlock. Wait for it, or cancel it.',
      { blockers: [] },
    )
  }
  try {
    const rows = await lock.read((query) => readKnexLock(query, scope))
    const freed = rows.length !== 1 || rows.some((row) => row.isLocked)
    if (freed) await lock.commit((query) => resetKnexLock(query, scope))
    return { freed }
  } finally {
    await lock.release().catch(() => undefined)
  }
}
