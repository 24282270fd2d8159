import { drizzle } from 'drizzle-orm/node-postgres'
import { migrate } from 'drizzle-orm/node-postgres/migrator'
import pg from 'pg'
import { contender } from './contender.js'

let client
let database
let migrationsFolder

contender({
  prepare: async ({ url, dir }) => {
    client = new pg.Client({ connectionString: url })
    await client.connect()
    database = drizzle(client)
    migrationsFolder = `${dir}/drizzle`
  },
  once: () => migrate(database, { migrationsFolder }),
  close: () => client.end(),
})
