import { withSession } from '../ask.js'
import type { PgBouncer } from '../machine/pgbouncer.js'
import { sessions } from './sight.js'

/** What PgBouncer itself sets for each client that it serves. */
const poolers = [
  'application_name',
  'client_encoding',
  'DateStyle',
  'TimeZone',
  'standard_conforming_strings',
]

/**
 * Settings that a run has left on a server connection of the pool, where the next client would inherit them.
 * Visits as many server connections as there are at once, because the pooler hands each transaction any of them.
 */
export async function pooledSettingsLeft(
  pgbouncer: PgBouncer,
  database: string,
  direct: string,
): Promise<string[]> {
  const open = (await sessions(direct)).length
  const visits = Math.min(open, pgbouncer.pool)
  const found = new Set<string>()
  const visit = async (left: number): Promise<void> => {
    if (left === 0) return
    await withSession(pgbouncer.url(database), async (session) => {
      await session.query('begin')
      const { rows } = await session.query<{ name: string; setting: string }>(
        `select name, setting from pg_settings where source = 'session' and name <> all ($1)
          and name not like 'transaction%'`,
        [poolers],
      )
      for (const { name, setting } of rows) found.add(`left in the pool: ${name} = ${setting}`)
      await visit(left - 1)
      await session.query('rollback')
    })
  }
  await visit(visits)
  return [...found]
}
