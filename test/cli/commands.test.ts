import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createDatabase, type TestDatabase } from '../support/database.js'
import { runCli, startCli } from '../support/processes.js'
import { createTestProject, migrationOf, type TestProject } from '../support/project.js'

const first = '20250101000000_create_accounts'
const second = '20250102000000_create_orders'
const third = '20250103000000_create_items'

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

function sallyport(...args: readonly string[]) {
  return runCli(args, { cwd: project.dir, env: { NODE_ENV: 'production', DATABASE_URL: database.url } })
}

async function tables(): Promise<string[]> {
  const rows = await database.query<{ name: string }>(
    `select schemaname || '.' || tablename as name from pg_tables
      where schemaname not in ('pg_catalog', 'information_schema') order by 1`,
  )
  return rows.map(({ name }) => name)
}

test('migrate applies what is pending without any secret: result on stdout, progress on stderr', async () => {
  const run = await sallyport('migrate')
  expect([run.code, run.stdout()]).toEqual([0, expect.stringContaining('Migrations applied: 2 in')])
  expect(run.stderr()).toContain(`[2/2] ${second} applied`)
  expect(await tables()).toEqual(expect.arrayContaining(['public.accounts', 'public.orders']))
  const again = await sallyport('migrate')
  expect([again.code, again.stdout()]).toEqual([0, 'Nothing is pending: the database is up to date.\n'])
})

test('migrate --json prints one line that a program can read', async () => {
  const { code, stdout } = await sallyport('migrate', '--json')
  expect(code).toBe(0)
  expect(stdout().trim().split('\n')).toHaveLength(1)
  expect(JSON.parse(stdout())).toMatchObject({
    success: true,
    message: 'Migrations applied',
    status: 'applied',
    applied: [{ name: first }, { name: second }],
    joined: false,
    release: '1.4.0',
  })
})

test('what knexfile and migrations print goes to stderr, and stdout holds the result alone', async () => {
  const printing = `process.stdout.write('from the knexfile\\n'); export default { client: 'pg' }`
  writeFileSync(join(project.dir, 'knexfile.js'), printing)
  project.write(third, `console.log('from a migration')\n${migrationOf('create table items (id int)')}`)
  const run = await sallyport('migrate', '--json')
  expect(JSON.parse(run.stdout())).toMatchObject({ applied: [{}, {}, { name: third }] })
  expect(run.stderr()).toMatch(/from the knexfile[\s\S]*from a migration/)
  expect(JSON.parse((await sallyport('status', '--json')).stdout())).toMatchObject({ upToDate: true })
})

test('a knexfile that does not load is a misconfiguration', async () => {
  writeFileSync(join(project.dir, 'knexfile.js'), `throw new Error('no vault')`)
  const run = await sallyport('migrate')
  expect(run.code).toBe(78)
  expect(run.stderr()).toContain('knexfile.js does not load: no vault')
})

test('Ctrl-C says what becomes of the run, and then what became of it', async () => {
  project.write(third, migrationOf('select pg_sleep(60)'))
  const env = { NODE_ENV: 'production', DATABASE_URL: database.url, SHUTDOWN_GRACE: '1s' }
  const run = startCli(['migrate'], { cwd: project.dir, env })
  await run.printed(new RegExp(`${third} started`))
  run.kill('SIGINT')
  expect(await run.exit).toEqual({ code: 1, signal: null })
  expect(run.stderr()).toMatch(/SIGINT: the run gets 1 s .*\n.* failed\nRun cancelled: .* Rolled back: /)
})

test('status and plan tell what is pending and create nothing', async () => {
  const status = await sallyport('status')
  expect([status.code, status.stdout()]).toEqual([0, expect.stringContaining(`Pending: ${first}, ${second}`)])
  expect((await sallyport('status', '--exit-code')).code).toBe(3)
  const plan = await sallyport('plan', '--json')
  expect(plan.code).toBe(0)
  expect(JSON.parse(plan.stdout())).toMatchObject({
    success: true,
    status: 'planned',
    pending: [
      { name: first, transaction: true },
      { name: second, transaction: true },
    ],
  })
  expect(await tables()).toEqual([])
})

test('status --exit-code is 0 once nothing is pending', async () => {
  await sallyport('migrate')
  const status = await sallyport('status', '--exit-code', '--json')
  expect(status.code).toBe(0)
  expect(JSON.parse(status.stdout())).toMatchObject({ head: second, upToDate: true, applied: 2, pending: [] })
})

test('a migration that fails ends with 1 and says what happened', async () => {
  project.write(second, migrationOf('create table orders (id int)', 'select broken'))
  const run = await sallyport('migrate', '--json')
  expect(run.code).toBe(1)
  expect(JSON.parse(run.stdout())).toMatchObject({
    success: false,
    code: 'migration_failed',
    migration: second,
    sqlState: '42703',
  })
  const text = await sallyport('migrate')
  expect([text.code, text.stdout()]).toEqual([1, ''])
  expect(text.stderr()).toContain('Migration failed: ')
})

test('another head than the expected one ends with 6 before anything runs', async () => {
  const run = await sallyport('migrate', '--expect', third)
  expect(run.code).toBe(6)
  expect(run.stderr()).toContain(second)
  expect(await tables()).toEqual([])
  expect((await sallyport('plan', '--expect', third)).code).toBe(6)
})

test('drift ends with 6, and goes on once it is accepted with a reason', async () => {
  await sallyport('migrate')
  project.write(third, migrationOf('create table items (id int)'))
  project.remove(first)
  const refused = await sallyport('migrate')
  expect(refused.code).toBe(6)
  expect(refused.stderr()).toContain(`missing: ${first}`)
  expect((await sallyport('migrate', '--accept-drift', first)).code).toBe(2)
  const accepted = await sallyport('migrate', '--accept-drift', first, '--reason', 'squashed')
  expect([accepted.code, accepted.stdout()]).toEqual([0, expect.stringContaining(third)])
})

test('an interrupted migration outside a transaction ends with 7 until it is resolved', async () => {
  project.write(second, `export const config = { transaction: false }\n${migrationOf('select broken')}`)
  expect((await sallyport('migrate')).code).toBe(1)
  const asked = await sallyport('migrate')
  expect([asked.code, asked.stderr()]).toEqual([7, expect.stringContaining(second)])
  const resolved = await sallyport('migrate', '--resolve', `${second}=applied`, '--reason', 'looked')
  expect(resolved.code).toBe(0)
  expect((await sallyport('status', '--exit-code')).code).toBe(0)
})

test('a database that cannot be reached ends with 5, and its password is not printed', async () => {
  const env = { NODE_ENV: 'production', DATABASE_URL: 'postgres://app:hunter2hunter2@127.0.0.1:1/app' }
  for (const command of ['migrate', 'status', 'plan']) {
    const run = await runCli([command], { cwd: project.dir, env })
    expect([command, run.code]).toEqual([command, 5])
    expect(run.output()).not.toContain('hunter2')
  }
})

test('in production no database is made up: the error is one of configuration', async () => {
  const run = await runCli(['migrate'], { cwd: project.dir, env: { NODE_ENV: 'production' } })
  expect(run.code).toBe(78)
  expect(run.stderr()).toContain('DATABASE_URL')
})

test('a malformed setting ends with 78', async () => {
  const env = { NODE_ENV: 'production', DATABASE_URL: database.url, MIGRATION_LOCK_TIMEOUT: 'soon' }
  const run = await runCli(['migrate'], { cwd: project.dir, env })
  expect([run.code, run.stdout()]).toEqual([78, ''])
  expect(run.stderr()).toContain('MIGRATION_LOCK_TIMEOUT')
})

test('nothing is done while Next.js builds', async () => {
  const env = { NODE_ENV: 'production', NEXT_PHASE: 'phase-production-build', DATABASE_URL: database.url }
  expect((await runCli(['migrate'], { cwd: project.dir, env })).code).toBe(0)
  expect((await runCli(['serve'], { cwd: project.dir, env })).code).toBe(0)
  expect(await tables()).toEqual([])
})
