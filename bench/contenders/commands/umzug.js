import pg from 'pg'
import { umzugOver } from '../umzug-in-postgres.js'

const client = new pg.Client({ connectionString: process.env.DATABASE_URL })
await client.connect()
await umzugOver(client, process.env.SET).up()
await client.end()
