import pg from 'pg'
import { migrate } from 'postgres-migrations'
import { contender } from './contender.js'

let client
let dir

contender({
  prepare: async (given) => {
    client = new pg.Client({ connectionString: given.url })
    await client.connect()
    dir = `${given.dir}/numbered`
  },
  once: () => migrate({ client }, dir),
  close: () => client.end(),
})
