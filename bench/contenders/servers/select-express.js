import express from 'express'
import pg from 'pg'

const client = new pg.Client({ connectionString: process.env.DATABASE_URL })
await client.connect()

const app = express()
app.post('/api/migrate', async (_request, response) => {
  const { rows } = await client.query('SELECT 1 AS one')
  response.json(rows)
})
app.listen(Number(process.env.PORT), '127.0.0.1')
