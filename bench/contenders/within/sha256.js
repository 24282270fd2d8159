import { hash } from 'node:crypto'
import pg from 'pg'
import { contender } from './contender.js'

let texts

contender({
  prepare: async ({ url }) => {
    const client = new pg.Client({ connectionString: url })
    await client.connect()
    const { rows } = await client.query('SELECT record FROM sallyport.journal ORDER BY seq')
    texts = rows.map(({ record }) => record)
    await client.end()
  },
  once: async () => {
    for (const text of texts) hash('sha256', text)
  },
})
