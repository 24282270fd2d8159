import { ask } from '../ask.js'
import { look, type Sight } from '../invariants/sight.js'
import type { Arena } from './arena.js'

/** What a resumed process did after its successor had finished. */
export interface StaleWrites {
  readonly violations: readonly string[]
  /** Statements that came through the window which a transaction pooler leaves open: at most one for each process. */
  readonly pooledWindow: number
}

/** The database's clock. */
export async function databaseTime(arena: Arena): Promise<string> {
  const [row] = await ask<{ now: string }>(arena.direct, 'select clock_timestamp()::text as now')
  return row?.now ?? ''
}

/**
 * Judges what was written since `resumedAt`. Through a pooler one statement of a migration outside a transaction may
 * come through; its row is taken out again, so that everything else can be judged as if it had not.
 */
export async function staleWrites(arena: Arena, before: Sight, resumedAt: string): Promise<StaleWrites> {
  const after = await look(arena.direct)
  if (after.fingerprint === before.fingerprint) return { violations: [], pooledWindow: 0 }
  const rows = await ask<{ name: string }>(
    arena.direct,
    `with ledger as (delete from torture_ledger where at > $1::timestamptz returning name),
      writes as (delete from torture_writes where at > $1::timestamptz returning name)
      select name from ledger union all select name from writes`,
    [resumedAt],
  )
  const restored = (await look(arena.direct)).fingerprint === before.fingerprint
  const statements = rows.length + (restored ? 0 : 1)
  const names = rows.map(({ name }) => name)
  const outside = arena.set.migrations
    .filter(({ manner }) => manner !== 'transactional')
    .map(({ name }) => name)
  const allowed =
    arena.pgbouncer !== undefined && statements <= 1 && names.every((name) => outside.includes(name))
  if (allowed) return { violations: [], pooledWindow: statements }
  const what = names.length > 0 ? names.join(', ') : 'a change of the schema'
  return { violations: [`a resumed stale process wrote ${statements} times: ${what}`], pooledWindow: 0 }
}
