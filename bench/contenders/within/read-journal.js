import pg from 'pg'
import { contender } from './contender.js'

let client

contender({
  prepare: async ({ url }) => {
    client = new pg.Client({ connectionString: url })
    await client.connect()
  },
  once: async () => {
    for (let after = '0'; ;) {
      const { rows } = await client.query(
        'SELECT seq, record FROM sallyport.journal WHERE seq > $1 ORDER BY seq LIMIT 1000',
        [after],
      )
      if (rows.length === 0) return
      after = rows.at(-1).seq
    }
  },
  close: () => client.end(),
})
