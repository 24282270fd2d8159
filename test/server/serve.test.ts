import { createDatabase, type TestDatabase } from '../support/database.js'
import { answers, eventually, runCli } from '../support/processes.js'
import { createTestProject, migrationOf, type TestProject } from '../support/project.js'
import { createRelay } from '../support/relay.js'
import { secret, serverEnvironment, startServer } from '../support/server.js'

const first = '20250101000000_create_accounts'
const second = '20250102000000_create_orders'

let database: TestDatabase
let project: TestProject

beforeEach(async () => {
  database = await createDatabase()
  project = createTestProject({
    [first]: migrationOf('create table accounts (id int)'),
    [second]: migrationOf('create table orders (id int)'),
  })
})
afterEach(async () => {
  project.destroy()
  await database.drop()
})

function serve(env: Readonly<Record<string, string>> = {}) {
  return startServer(serverEnvironment(database.url, env), { cwd: project.dir })
}

function migrateBefore() {
  return runCli(['migrate'], {
    cwd: project.dir,
    env: { NODE_ENV: 'production', DATABASE_URL: database.url },
  })
}

test('behind is not ready; a call migrates, then it is ready; SIGTERM ends it with 0', async () => {
  const server = await serve({ MIGRATE_ON_BOOT: 'false' })
  await eventually(async () => (await server.probe('readyz'))[1].reasons.includes('pending'))
  expect(await server.probe('readyz')).toEqual([503, { status: 'unavailable', reasons: ['pending'] }])
  expect(await server.probe('livez')).toEqual([200, { status: 'ok', reasons: [] }])
  expect(await server.probe('startupz')).toEqual([200, { status: 'ok', reasons: [] }])
  const { status, body } = await server.migrate()
  expect([status, body]).toEqual([
    200,
    expect.objectContaining({
      success: true,
      message: 'Migrations applied',
      status: 'applied',
      release: '1.4.0',
    }),
  ])
  await answers(`${server.health}/readyz`, 200)
  const began = performance.now()
  server.kill('SIGTERM')
  expect(await server.exit).toEqual({ code: 0, signal: null })
  expect(performance.now() - began).toBeLessThan(2_000)
  expect(server.output()).not.toContain(secret)
})

test('the boot run migrates in the background, and is ready then', async () => {
  const server = await serve()
  await answers(`${server.health}/readyz`, 200)
  await server.printed(/boot: 2 migrations applied/)
  expect((await server.migrate()).body).toMatchObject({ status: 'up_to_date', runId: null })
  const metrics = await (await fetch(`${server.health}/metrics`)).text()
  expect(metrics).toMatch('sallyport_migrate_calls_total{result="applied",credential="boot"} 1')
  expect(metrics).toMatch('sallyport_secret_dedicated 1')
  server.kill('SIGTERM')
  expect((await server.exit).code).toBe(0)
})

test('a replica whose database is ahead of its files is ready', async () => {
  await migrateBefore()
  project.remove(second)
  const server = await serve()
  await answers(`${server.health}/readyz`, 200)
  expect((await server.migrate()).body).toMatchObject({ status: 'up_to_date', ahead: [second] })
  server.kill('SIGTERM')
  await server.exit
})

test('a database that is down at boot is waited for', async () => {
  const relay = await createRelay(database.url)
  const server = await serve({ DATABASE_URL: relay.url })
  await server.printed(/trying again in \d+ ms/)
  expect((await server.probe('livez'))[0]).toBe(200)
  expect(await server.probe('readyz')).toEqual([
    503,
    { status: 'unavailable', reasons: ['database_unavailable'] },
  ])
  const refused = await server.migrate()
  expect([refused.status, refused.body['code']]).toEqual([503, 'database_unavailable'])
  expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0)
  await relay.open()
  await answers(`${server.health}/readyz`, 200)
  expect((await server.migrate()).status).toBe(200)
  await relay.close()
  expect((await server.probe('readyz'))[0]).toBe(200)
  server.kill('SIGTERM')
  expect((await server.exit).code).toBe(0)
})

test('after a failed boot run it stays up, not ready, until a call finds the mended file', async () => {
  project.write(second, migrationOf('select broken'))
  const server = await serve()
  await server.printed(/not trying again until a call or a restart/)
  await eventually(async () => (await server.probe('readyz'))[1].reasons.includes('migration_failed'))
  expect((await server.probe('readyz'))[0]).toBe(503)
  project.write(second, migrationOf('create table orders (id int)'))
  expect((await server.migrate()).status).toBe(200)
  await answers(`${server.health}/readyz`, 200)
  server.kill('SIGTERM')
  await server.exit
})

test('with MIGRATION_ENDPOINT=off there is no ops port and no secret, and boot still migrates', async () => {
  const server = await serve({ MIGRATION_ENDPOINT: 'off', MIGRATION_SECRET: '' })
  await answers(`${server.health}/readyz`, 200)
  expect(server.output()).not.toContain('ops port')
  expect((await fetch(`${server.health}/api/migrate`, { method: 'POST' })).status).toBe(404)
  server.kill('SIGTERM')
  expect((await server.exit).code).toBe(0)
})

test('a misconfigured secret ends it with 78 before any port is open', async () => {
  const env = serverEnvironment(database.url, { NEXTAUTH_SECRET: secret })
  const run = await runCli(['serve'], { cwd: project.dir, env })
  expect(run.code).toBe(78)
  expect(run.output()).toContain('NEXTAUTH_SECRET')
  expect(run.output()).not.toMatch(/ops port|health port/)
  expect(run.output()).not.toContain(secret)
})

test('a port in use is named in a line of the log, with the variable that chooses another', async () => {
  const server = await serve()
  const port = new URL(server.health).port
  const env = serverEnvironment(database.url, { HEALTH_PORT: port })
  const run = await runCli(['serve'], { cwd: project.dir, env })
  expect(run.code).toBe(1)
  const last = JSON.parse(run.stdout().trimEnd().split('\n').at(-1) ?? '') as Record<string, unknown>
  expect(last).toMatchObject({ level: 'error', exitCode: 1 })
  expect(last['message']).toMatch(
    `not starting: Cannot listen on port ${port} on 127.0.0.1: another process does already.`,
  )
  expect(last['message']).toContain('HEALTH_PORT')
  expect(run.stderr()).toBe('')
  server.kill('SIGTERM')
  await server.exit
})

test.each(['99999', '80a', '-1'])('PORT=%s is malformed: exit 78', async (PORT) => {
  const run = await runCli(['serve'], { cwd: project.dir, env: serverEnvironment(database.url, { PORT }) })
  expect([run.code, run.output()]).toEqual([78, expect.stringContaining('PORT')])
})
