// An application with Sallyport in its process, as docs/into-an-express-app.md makes it, with the door on a port of its own.
import { createServer } from 'node:http'
import express from 'express'
import knexFactory from 'knex'
import { boot, sallyport } from '../../../dist/src/index.js'

const { RELEASE, SHOP_QUERY, DATABASE_URL } = process.env
const settings = await boot(process.env)
const migrations = { directory: './migrations' }
const knex = knexFactory({ client: 'pg', connection: DATABASE_URL, pool: { min: 0, max: 4 }, migrations })
const door = sallyport({
  knex,
  secret: settings.secrets.current,
  allowedIps: settings.allowedIps,
  environment: settings.environment.name,
  release: RELEASE,
  logger: console,
})

const app = express().get('/accounts', async (request, response) => {
  const { rows } = await knex.raw(SHOP_QUERY)
  response.json({ release: RELEASE, rows })
})
const listeners = [app, express().use('/api/migrate', door.router), express().use(door.health)].map((each) =>
  createServer(each).listen(0, '127.0.0.1'),
)
await Promise.all(listeners.map((each) => new Promise((settle) => each.once('listening', settle))))
console.log(`listening: ${listeners.map((each) => each.address().port).join(' ')}`)
await door.migrate()

process.once('SIGTERM', async () => {
  const [users, ops, health] = listeners
  await new Promise((settle) => users.close(settle))
  await door.close()
  ops.close()
  health.close()
  await knex.destroy()
})
