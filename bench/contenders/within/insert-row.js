import pg from 'pg'
import { contender } from './contender.js'

let client
const message = `BEGIN;
  INSERT INTO bench_rows (text) VALUES (repeat('x', 400));
  COMMIT`

contender({
  prepare: async ({ url }) => {
    client = new pg.Client({ connectionString: url })
    await client.connect()
    await client.query('CREATE TABLE bench_rows (id bigserial PRIMARY KEY, text text NOT NULL)')
  },
  once: () => client.query(message),
  close: () => client.end(),
})
