import { entrySource } from '../journal/record.js'
import { readKnexLock, resetKnexLock } from '../postgres/history.js'
import type { Hub } from '../postgres/hub.js'
import type { Unlocked } from './engine.js'
import { RunFailure } from './failures.js'
import { commitRecorded } from './recording.js'

/**
 * Frees knex's lock row because a person says that nobody is migrating; never while a run goes on, and never under a
 * knex CLI that is in its transaction, whose row lock is waited for and then reported.
 */
export async function unlock(hub: Hub): Promise<Unlocked> {
  const link = await hub.open()
  const { control, scope, readState } = link
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
    if (!freed) return { freed }
    await lock.read((query) => resetKnexLock(query, scope))
    const record = entrySource({ kind: 'unlocked', data: { actor: { credential: 'pipeline' } } })
    // Where nothing ever ran there is no journal, and nothing to create one for.
    if (present.journal) await commitRecorded({ lock, link, records: [record] })
    else await lock.commitAll([])
    return { freed }
  } finally {
    await lock.release().catch(() => undefined)
  }
}
