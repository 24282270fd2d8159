import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { answers, eventually } from '../support/processes.js'
import { secret } from '../support/server.js'
import { freePort, openReader, tableMigration, type Reader } from './page.js'

let reader: Reader
beforeAll(async () => {
  reader = await openReader('docs/into-an-express-app.md', 'module')
  reader.host.write('migrations/20250101_accounts.js', tableMigration('module', 'accounts'))
})
afterAll(async () => reader.close())

/** The program of the page with free ports, and where it answers. */
async function program(more: Readonly<Record<string, string>> = {}) {
  const [source = ''] = reader.programs('app.js')
  reader.host.write('app.js', source)
  const [app, ops, health] = [await freePort(), await freePort(), await freePort()]
  const env = {
    ...reader.env,
    APP_PORT: app,
    PORT: ops,
    HEALTH_PORT: health,
    MIGRATION_SECRET: secret,
    MIGRATION_ALLOWED_IPS: '127.0.0.1',
    BASE_URL: `http://127.0.0.1:${ops}`,
    HEALTH_URL: `http://127.0.0.1:${health}`,
    ...more,
  }
  return { env, appUrl: `http://127.0.0.1:${app}`, running: reader.host.node(['app.js'], env) }
}

test('the program of the page serves, migrates at its start, becomes ready, answers, and ends', async () => {
  const [, look = ''] = reader.commands()
  const { env, appUrl, running: app } = await program()
  await app.printed(/^migrations: applied$/m)
  await answers(`${env.HEALTH_URL}/readyz`, 200)
  const looked = await reader.sh(look, env)
  expect([looked.code, looked.stderr()]).toEqual([0, ''])
  expect(looked.stdout()).toMatch(/"upToDate":\s*true[^]*"status":\s*"up_to_date"/)
  expect(await (await fetch(`${appUrl}/accounts`)).json()).toEqual([])
  expect((await fetch(`${env.BASE_URL}/api/migrate`, { method: 'POST' })).status).toBe(401)
  app.kill('SIGTERM')
  expect(await app.exit).toEqual({ code: 0, signal: null })
  expect(app.output()).not.toContain(secret)
}, 60_000)

test('told to end during its cold start, it gives the run its grace, and rolls it back', async () => {
  const slow = `export const up = (knex) => knex.raw('select pg_sleep(60)')\nexport const down = () => {}\n`
  reader.host.write('migrations/20250102_slow.js', slow)
  const { running: app } = await program({ SHUTDOWN_GRACE: '500ms' })
  const asleep =
    "select 1 from pg_stat_activity where datname = current_database() and query like '%pg_sleep(60)%'"
  await eventually(
    async () => (await reader.database.query(`${asleep} and pid <> pg_backend_pid()`)).length > 0,
  )
  app.kill('SIGTERM')
  expect(await app.exit).toEqual({ code: 0, signal: null })
  expect(app.stdout()).toContain('migrations: failed')
  expect(
    await reader.database.query('select status from sallyport.runs order by started_at desc limit 1'),
  ).toEqual([{ status: 'cancelled' }])
  rmSync(join(reader.host.dir, 'migrations/20250102_slow.js'))
}, 60_000)

test('migrations come in by MIGRATION_DATABASE_URL, the application by its own', async () => {
  const role = `shop_${reader.database.name}`
  await reader.database.query(`create role ${role} login password 'shop'`)
  const url = new URL(reader.database.url)
  Object.assign(url, { username: role, password: 'shop' })
  reader.host.write('migrations/20250103_orders.js', tableMigration('module', 'orders'))
  const { env, running: app } = await program({
    DATABASE_URL: url.href,
    MIGRATION_DATABASE_URL: reader.database.url,
    RELEASE: '1.5.0',
  })
  await app.printed(/^migrations: applied$/m)
  const plan = await fetch(`${env.BASE_URL}/api/migrate`, { headers: { authorization: `Bearer ${secret}` } })
  expect(await plan.json()).toMatchObject({ upToDate: true, release: '1.5.0' })
  app.kill('SIGTERM')
  expect((await app.exit).code).toBe(0)
  await reader.database.query(`drop role ${role}`)
}, 60_000)

test('the gates of the page guard a route by themselves', async () => {
  const [gates = ''] = reader.programs('gates.js')
  reader.host.write('gates.js', gates)
  reader.host.write(
    'internal.js',
    `import express from 'express'
import { internal } from './gates.js'
const server = express().use(internal).listen(Number(process.env.PORT), '127.0.0.1', () => console.log('listening'))
process.once('SIGTERM', () => server.close())
`,
  )
  const port = await freePort()
  const app = reader.host.node(['internal.js'], { ...reader.env, PORT: port, INTERNAL_SECRET: secret })
  await app.printed(/listening/)
  const report = (headers: Record<string, string>) => fetch(`http://127.0.0.1:${port}/report`, { headers })
  expect((await report({})).status).toBe(401)
  const admitted = await report({ authorization: `Bearer ${secret}` })
  expect([admitted.status, await admitted.json()]).toEqual([200, { rows: 42 }])
  app.kill('SIGTERM')
  expect((await app.exit).code).toBe(0)
}, 30_000)
