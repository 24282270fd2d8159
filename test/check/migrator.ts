import type { Workshop } from '../runs/workshop.js'

/** The role that the documents recommend: it may create schemas and tables, and owns nothing yet. */
export interface Migrator {
  readonly name: string
  readonly url: string
}

export async function migratorOf({ role, database }: Workshop): Promise<Migrator> {
  const made = await role()
  await database.query(`grant create on database ${database.name} to ${made.name}`)
  await database.query(`grant usage, create on schema public to ${made.name}`)
  return made
}
