import pg from 'pg'
import { createDatabase, type TestDatabase } from '../support/database.js'
import { eventually, runCli, startCli } from '../support/processes.js'
import { createTestProject, migrationOf, type TestProject } from '../support/project.js'
import { secret, serverEnvironment, startServer } from '../support/server.js'
import { startSentry, type SentryReceiver } from './sentry-receiver.js'

const first = '20250101000000_create_accounts'
const second = '20250102000000_fill_accounts'
const private_ = 'alice@example.org'

let database: TestDatabase
let project: TestProject
let sentry: SentryReceiver

beforeEach(async () => {
  database = await createDatabase()
  project = createTestProject({
    [first]: migrationOf('create table accounts (id int primary key, mail text)'),
  })
  sentry = await startSentry()
})
afterEach(async () => {
  await sentry.close()
  project.destroy()
  await database.drop()
})

const pipeline = () => ({ NODE_ENV: 'production', DATABASE_URL: database.url, SENTRY_DSN: sentry.dsn })
const migrate = (env: Readonly<Record<string, string>> = {}) =>
  runCli(['migrate', '--json'], { cwd: project.dir, env: { ...pipeline(), ...env } })
const serve = (env: Readonly<Record<string, string>> = {}) =>
  startServer(serverEnvironment(database.url, { SENTRY_DSN: sentry.dsn, ...env }), { cwd: project.dir })

/** What the monitor was told of each run, in order. */
const told = () => {
  const ids = [...new Set(sentry.checkIns.map((one) => one.check_in_id))]
  return ids.map((id) => sentry.checkIns.filter((one) => one.check_in_id === id).map(({ status }) => status))
}

test('a run is a check-in that begins and ends, with its duration and the id of the run', async () => {
  const run = await migrate()
  expect(run.code).toBe(0)
  const { runId } = JSON.parse(run.stdout()) as { runId: string }
  expect(sentry.checkIns).toMatchObject([
    { monitor_slug: 'sallyport-migrate', status: 'in_progress', release: '1.4.0', environment: 'production' },
    { monitor_slug: 'sallyport-migrate', status: 'ok', duration: expect.any(Number) },
  ])
  expect(sentry.checkIns[0]).toMatchObject({
    monitor_config: { schedule: { type: 'interval' }, max_runtime: 1440 },
  })
  expect(sentry.checkIns.map(({ check_in_id: id }) => id)).toEqual(Array(2).fill(runId.replaceAll('-', '')))
  expect(sentry.events).toEqual([])
  await migrate()
  expect(sentry.checkIns).toHaveLength(2)
})

test('a failed run is an error with migration, SQLSTATE and run as tags, and no data of a row', async () => {
  project.write(second, migrationOf(`insert into accounts values ('${private_}', 'x')`))
  const run = await migrate()
  const { runId } = JSON.parse(run.stdout()) as { runId: string }
  expect([run.code, run.stdout()]).toEqual([1, expect.stringContaining(private_)])
  expect(sentry.events).toMatchObject([
    {
      level: 'error',
      message: expect.stringContaining(`${second} failed: SQLSTATE 22P02.`),
      release: '1.4.0',
      environment: 'production',
      tags: { code: 'migration_failed', migration: second, sqlState: '22P02', runId, credential: 'pipeline' },
    },
  ])
  expect(told()).toEqual([['in_progress', 'error']])
  expect(sentry.raw.join()).not.toContain(private_)
  expect(sentry.raw.join()).not.toContain(decodeURIComponent(new URL(database.url).password))
})

test('what a migration says in an error of its own stays in the log', async () => {
  project.write(
    second,
    `export async function up() { throw new Error('row of ${private_}') }\nexport async function down() {}\n`,
  )
  expect((await migrate()).code).toBe(1)
  expect(sentry.events).toMatchObject([{ tags: { code: 'migration_failed', migration: second } }])
  expect(sentry.raw.join()).not.toContain(private_)
})

test('blocked beyond the budget is an error that names the migration', async () => {
  project.write(second, migrationOf('alter table accounts add b int'))
  await database.query('create table accounts (id int)')
  project.write(first, migrationOf('select 1'))
  const blocker = new pg.Client({ connectionString: database.url, application_name: 'nightly report' })
  await blocker.connect()
  await blocker.query(`begin; select '${private_}', * from accounts`)
  const run = await migrate({ MIGRATION_BUDGET: '4s', MIGRATION_LOCK_TIMEOUT: '1s' })
  await blocker.end()
  expect(run.code).toBe(4)
  expect(sentry.events).toMatchObject([
    {
      level: 'error',
      tags: { code: 'blocked', migration: second },
      message: expect.stringContaining('nightly report'),
    },
  ])
  expect(told()).toEqual([['in_progress', 'error']])
  expect(sentry.raw.join()).not.toContain(private_)
})

const long = migrationOf('select pg_sleep(60)')

/** Resolves once the run has told that it began. */
async function began(): Promise<void> {
  await eventually(() => sentry.checkIns.length > 0)
}

test('a run that is drained closes its check-in before the process ends', async () => {
  project.write(second, long)
  const server = await serve({ SHUTDOWN_GRACE: '100ms' })
  await began()
  server.kill('SIGTERM')
  expect((await server.exit).code).toBe(0)
  expect(told()).toEqual([['in_progress', 'error']])
})

test('a run that is cancelled closes its check-in, though its caller was answered long before', async () => {
  project.write(second, long)
  const server = await serve({ MIGRATE_ON_BOOT: 'false' })
  const headers = { authorization: `Bearer ${secret}` }
  const url = `${server.ops}/api/migrate`
  const started = await fetch(url, { method: 'POST', headers: { ...headers, prefer: 'respond-async' } })
  expect(started.status).toBe(202)
  await began()
  await fetch(`${server.ops}${String(started.headers.get('location'))}`, { method: 'DELETE', headers })
  await eventually(() => sentry.checkIns.length === 2)
  expect(told()).toEqual([['in_progress', 'error']])
  server.kill('SIGTERM')
  await server.exit
})

test('the check-in of a killed run is closed by its successor', async () => {
  project.write(second, long)
  const killed = startCli(['migrate'], { cwd: project.dir, env: pipeline() })
  await began()
  killed.kill('SIGKILL')
  await killed.exit
  project.write(second, migrationOf('select 1'))
  expect((await migrate()).code).toBe(0)
  expect(told()).toEqual([
    ['in_progress', 'error'],
    ['in_progress', 'ok'],
  ])
})

test('a Sentry that refuses, errs, never answers or is not there changes neither the run nor its exit code', async () => {
  for (const odd of [{ status: 500 }, { status: 429 }, { silent: true }, undefined]) {
    const outage = await startSentry(odd)
    if (odd === undefined) await outage.close()
    const startedAt = performance.now()
    const run = await migrate({ SENTRY_DSN: outage.dsn })
    expect([odd, run.code]).toEqual([odd, 0])
    expect(performance.now() - startedAt).toBeLessThan(20_000)
    expect(run.stderr()).toContain('could not be delivered')
    if (odd !== undefined) await outage.close()
    await database.query(
      'drop schema sallyport cascade; drop table accounts, knex_migrations, knex_migrations_lock',
    )
  }
})

test('a changed file that cannot be used is an error that names which', async () => {
  const file = `${project.dir}/allowed`
  const { writeFileSync } = await import('node:fs')
  writeFileSync(file, '127.0.0.1\n')
  const server = await serve({
    MIGRATION_ALLOWED_IPS: '',
    MIGRATION_ALLOWED_IPS_FILE: file,
    MIGRATE_ON_BOOT: 'false',
  })
  writeFileSync(file, '127.0.0.1/33\n')
  await eventually(() => sentry.events.length === 1)
  expect(sentry.events).toMatchObject([
    { level: 'error', tags: { code: 'reload_refused', file: 'allowlist' } },
  ])
  server.kill('SIGTERM')
  await server.exit
})

test('refusals that rise are a warning, once, with what most of them were', async () => {
  const server = await serve({ MIGRATE_ON_BOOT: 'false' })
  for (let index = 0; index < 60; index += 1) {
    await fetch(`${server.ops}/api/migrate`, { headers: { authorization: `Bearer guess-${index}` } })
  }
  await eventually(() => sentry.events.length > 0)
  server.kill('SIGTERM')
  await server.exit
  expect(sentry.events).toMatchObject([{ level: 'warning', tags: { code: 'refusals_rising' } }])
  expect(sentry.raw.join()).not.toContain('guess-')
})
