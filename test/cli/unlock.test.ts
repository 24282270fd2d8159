import { createDatabase, type TestDatabase } from '../support/database.js'
import { eventually, runCli, startCli } from '../support/processes.js'
import { createTestProject, migrationOf, type TestProject } from '../support/project.js'

const first = '20250101000000_create_accounts'
const second = '20250102000000_create_orders'

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

const options = () => ({ cwd: project.dir, env: { NODE_ENV: 'production', DATABASE_URL: database.url } })
const sallyport = (...args: readonly string[]) => runCli(args, options())
const locked = () => database.query('select is_locked from knex_migrations_lock')

test('the lock row of a killed knex command line stops migrate with 4, and unlock frees it', async () => {
  expect((await sallyport('migrate')).code).toBe(0)
  project.write(second, migrationOf('create table orders (id int)'))
  await database.query('update knex_migrations_lock set is_locked = 1')
  const stopped = await sallyport('migrate')
  expect([stopped.code, stopped.stderr()]).toEqual([4, expect.stringContaining('unlock')])

  const freed = await sallyport('unlock', '--json')
  expect([freed.code, JSON.parse(freed.stdout())]).toEqual([0, { success: true, freed: true }])
  expect(await locked()).toEqual([{ is_locked: 0 }])
  const again = await sallyport('unlock')
  expect([again.code, again.stdout()]).toEqual([0, 'The lock row of knex was free already.\n'])
  expect((await sallyport('migrate')).code).toBe(0)
})

test('on a database that knex has never seen, unlock creates nothing', async () => {
  expect((await sallyport('unlock')).code).toBe(0)
  expect(await database.query("select to_regclass('knex_migrations_lock') as lock")).toEqual([{ lock: null }])
})

test('while a run goes on, unlock is refused with 4 and the run ends as it would have', async () => {
  await sallyport('migrate')
  await database.query('create table gate (open boolean)')
  const wait = `do $$ begin
    while not exists (select from gate) loop perform pg_sleep(0.05); end loop;
  end $$`
  project.write(second, migrationOf(wait, 'create table orders (id int)'))
  const run = startCli(['migrate'], options())
  await run.printed(/create_orders started/)
  await eventually(async () => {
    const [row] = await database.query<{ n: number }>(
      "select count(*)::int as n from pg_stat_activity where query like '%from gate%' and state = 'active' and pid <> pg_backend_pid()",
    )
    return row?.n === 1
  })
  const refused = await sallyport('unlock', '--json')
  expect([refused.code, JSON.parse(refused.stdout())]).toMatchObject([4, { success: false, code: 'blocked' }])
  await database.query('insert into gate values (true)')
  expect((await run.exit).code).toBe(0)
})

test('a database that cannot be reached ends unlock with 5', async () => {
  const env = { NODE_ENV: 'production', DATABASE_URL: 'postgres://app:hunter2hunter2@127.0.0.1:1/app' }
  const run = await runCli(['unlock'], { cwd: project.dir, env })
  expect(run.code).toBe(5)
  expect(run.output()).not.toContain('hunter2')
})
