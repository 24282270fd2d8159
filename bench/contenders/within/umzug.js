import pg from 'pg'
import { umzugOver } from '../umzug-in-postgres.js'
import { contender } from './contender.js'

let client
let umzug

contender({
  prepare: async ({ url, dir }) => {
    client = new pg.Client({ connectionString: url })
    await client.connect()
    umzug = umzugOver(client, dir)
  },
  once: () => umzug.up(),
  close: () => client.end(),
})
