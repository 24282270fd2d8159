import knex from 'knex'
import { join } from 'node:path'

import type { MigrationSet } from '../sets/migration-set.js'

/** knex's own `migrate:list` and `migrate:latest` on the database as the run left it; what they say against it. */
export async function knexViolations(url: string, home: string, set: MigrationSet): Promise<string[]> {
  const db = knex({
    client: 'pg',
    connection: url,
    pool: { min: 0, max: 2 },
    migrations: { directory: join(home, 'migrations') },
  })
  try {
    const [completed, pending] = (await db.migrate.list()) as [unknown[], unknown[]]
    const [, applied] = (await db.migrate.latest()) as [number, string[]]
    return [
      ...(completed.length === set.migrations.length ? [] : [`knex lists ${completed.length} completed`]),
      ...(pending.length === 0 ? [] : [`knex lists ${pending.length} pending`]),
      ...(applied.length === 0 ? [] : [`knex applied ${applied.join(', ')}`]),
    ]
  } catch (error) {
    return [
      `knex does not work any more: ${error instanceof Error ? error.message.split('\n')[0] : 'unknown'}`,
    ]
  } finally {
    await db.destroy()
  }
}
