import createKnex, { type Knex } from 'knex'
import { createDatabase } from '../support/database.js'

/** An empty database, and connections to it that are closed together. */
export interface SampleDatabase {
  readonly knex: Knex
  /** One more connection, for what must happen in another session. */
  connect(): Knex
  close(): Promise<void>
}

export async function openSampleDatabase(): Promise<SampleDatabase> {
  const database = await createDatabase()
  const opened: Knex[] = []
  const open = (max: number): Knex => {
    const knex = createKnex({ client: 'pg', connection: database.url, pool: { min: 0, max } })
    opened.push(knex)
    return knex
  }
  return Object.freeze({
    knex: open(4),
    connect: () => open(1),
    async close() {
      await Promise.all(opened.map((knex) => knex.destroy()))
      await database.drop()
    },
  })
}
