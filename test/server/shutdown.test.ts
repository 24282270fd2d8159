import { createDatabase, type TestDatabase } from '../support/database.js'
import { eventually } from '../support/processes.js'
import { createTestProject, migrationOf, type TestProject } from '../support/project.js'
import { serverEnvironment, startServer } from '../support/server.js'

const first = '20250101000000_create_accounts'
const slow = '20250102000000_slow'

let database: TestDatabase
let project: TestProject

beforeEach(async () => {
  database = await createDatabase()
  project = createTestProject({ [first]: migrationOf('create table accounts (id int)') })
})
afterEach(async () => {
  project.destroy()
  await database.drop()
})

async function serveSlowRun(sql: string, env: Readonly<Record<string, string>>) {
  project.write(slow, migrationOf(sql))
  const settings = serverEnvironment(database.url, { MIGRATE_ON_BOOT: 'false', ...env })
  const server = await startServer(settings, { cwd: project.dir })
  const call = server.migrate().catch((error: unknown) => error)
  await eventually(
    async () =>
      (
        await database.query(
          `select 1 from pg_stat_activity where datname = current_database() and state = 'active'
              and query like '%pg_sleep%' and pid <> pg_backend_pid()`,
        )
      ).length > 0,
  )
  return { server, call }
}

async function applied(): Promise<string[]> {
  const rows = await database.query<{ name: string }>('select name from knex_migrations order by name')
  return rows.map(({ name }) => name.replace(/\.js$/, ''))
}

test('SIGTERM lets a run finish within the grace, refuses new calls, and the caller gets the result', async () => {
  const { server, call } = await serveSlowRun('select pg_sleep(2)', { SHUTDOWN_GRACE: '20s' })
  server.kill('SIGTERM')
  await server.printed(/SIGTERM: draining/)
  expect(await server.probe('readyz')).toEqual([503, { status: 'unavailable', reasons: ['draining'] }])
  const refused = await server.migrate()
  expect([refused.status, refused.body['code']]).toEqual([503, 'draining'])
  expect(refused.headers.get('retry-after')).not.toBeNull()
  expect(await call).toMatchObject({ status: 200, body: { status: 'applied' } })
  expect(await server.exit).toEqual({ code: 0, signal: null })
  expect(await applied()).toEqual([first, slow])
})

test('a run that outlasts the grace is cancelled and rolled back, the caller is told, and the exit code is 0', async () => {
  const { server, call } = await serveSlowRun('select pg_sleep(60)', { SHUTDOWN_GRACE: '500ms' })
  server.kill('SIGTERM')
  expect(await call).toMatchObject({ status: 409, body: { code: 'cancelled' } })
  expect((await server.exit).code).toBe(0)
  expect(await applied()).toEqual([])
})

test('a second signal ends it within two seconds', async () => {
  const { server } = await serveSlowRun('select pg_sleep(60)', { SHUTDOWN_GRACE: '30s' })
  server.kill('SIGTERM')
  await server.printed(/SIGTERM: draining/)
  const began = performance.now()
  server.kill('SIGTERM')
  expect((await server.exit).code).toBe(143)
  expect(performance.now() - began).toBeLessThan(2_000)
  expect(await applied()).toEqual([])
})

test('SIGHUP and SIGUSR2 end nothing, and SIGUSR1 opens no debugger', async () => {
  const server = await startServer(serverEnvironment(database.url), { cwd: project.dir })
  for (const signal of ['SIGHUP', 'SIGUSR2', 'SIGUSR1'] as const) {
    server.kill(signal)
    await server.printed(new RegExp(`${signal} ignored`))
  }
  expect((await server.probe('livez'))[0]).toBe(200)
  server.kill('SIGINT')
  expect((await server.exit).code).toBe(0)
  expect(server.stderr()).toBe('')
})

test('an error that nobody caught ends the process with 1 after draining', async () => {
  project.write(
    slow,
    `export async function up() { void Promise.reject(new Error('forgotten')) }\nexport async function down() {}\n`,
  )
  const server = await startServer(serverEnvironment(database.url), { cwd: project.dir })
  expect((await server.exit).code).toBe(1)
  expect(server.output()).toContain('an error that nobody caught')
})
