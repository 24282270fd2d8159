import pg from 'pg'
import { contender } from './contender.js'

let client

contender({
  prepare: async ({ url }) => {
    client = new pg.Client({ connectionString: url })
    await client.connect()
  },
  once: () => client.query('SELECT 1'),
  close: () => client.end(),
})
