import { setTimeout as sleep } from 'node:timers/promises'
import { dice } from '../../torture/seed.js'
import { createDatabase, type TestDatabase } from '../support/database.js'
import { eventually, runCli } from '../support/processes.js'
import { createTestProject, migrationOf, type TestProject } from '../support/project.js'
import { secret, serverEnvironment, startServer, type TestServer } from '../support/server.js'

/** SIGTERM at seeded instants of a run over a mixed set; `SIGTERM_SEED` repeats one. */

const seed = process.env['SIGTERM_SEED'] ?? String(Math.floor(Math.random() * 2 ** 31))
const { below } = dice(seed)
const rounds = Array.from({ length: 10 }, (_, round) => [round + 1, below(2_200)] as const)

const outside = (sql: string[], config: string) => `${migrationOf(...sql)}export const config = ${config}\n`

/** Two that are one transaction, one that may be run again, one that may not, and one more transaction. */
const mixed = {
  '001_first': migrationOf('create table first (id int)', 'select pg_sleep(0.3)'),
  '002_second': migrationOf('create table second (id int)', 'select pg_sleep(0.3)'),
  '003_index': outside(
    ['create index concurrently if not exists first_id on first (id)', 'select pg_sleep(0.3)'],
    '{ transaction: false, repeatable: true }',
  ),
  '004_once': outside(['select pg_sleep(0.4)', 'create table once (id int)'], '{ transaction: false }'),
  '005_last': migrationOf('create table last (id int)', 'select pg_sleep(0.3)'),
}
const names = Object.keys(mixed)

let database: TestDatabase
let project: TestProject

beforeEach(async () => {
  database = await createDatabase()
  project = createTestProject(mixed)
})
afterEach(async () => {
  project.destroy()
  await database.drop()
})

async function applied(): Promise<string[]> {
  const [there] = await database.query<{ there: boolean }>(
    `select to_regclass('knex_migrations') is not null as there`,
  )
  if (!there?.there) return []
  const rows = await database.query<{ name: string }>('select name from knex_migrations order by id')
  return rows.map(({ name }) => name.replace(/\.js$/, ''))
}

async function hasTable(name: string): Promise<boolean> {
  const rows = await database.query<{ there: boolean }>('select to_regclass($1) is not null as there', [name])
  return rows[0]?.there === true
}

/** Not ready at once, no new calls, and a line that says that it came to an end. */
async function expectGoodOrder(server: TestServer): Promise<void> {
  const draining = await Promise.all([server.probe('readyz'), newCall(server)])
  expect(draining).toEqual([
    [503, { status: 'unavailable', reasons: ['draining'] }],
    { status: 503, code: 'draining', connection: 'close' },
  ])
}

async function newCall(server: TestServer) {
  const response = await fetch(`${server.ops}/api/migrate`, {
    method: 'POST',
    headers: { authorization: `Bearer ${secret}` },
  })
  const { code } = (await response.json()) as { code: string }
  return { status: response.status, code, connection: response.headers.get('connection') }
}

interface Line {
  readonly message: string
  readonly reason?: string
  readonly exitCode?: number
}

function lastLine(server: TestServer): Line | undefined {
  const lines = server.stdout().trimEnd().split('\n')
  return lines.map((line) => JSON.parse(line) as Line).at(-1)
}

test.each(rounds)(
  `SIGTERM no. %i, %i ms into a run, leaves nothing half done (seed ${seed})`,
  async (_, afterMs) => {
    const env = { MIGRATE_ON_BOOT: 'false', SHUTDOWN_GRACE: '100ms' }
    const server = await startServer(serverEnvironment(database.url, env), { cwd: project.dir })
    const call = server.migrate().catch((error: unknown) => error)
    await sleep(afterMs)
    server.kill('SIGTERM')
    await server.printed(/SIGTERM: draining/)
    expect(await server.exit).toEqual({ code: 0, signal: null })
    await call
    expect(lastLine(server)).toMatchObject({ message: 'stopped', reason: 'SIGTERM', exitCode: 0 })

    const before = await applied()
    expect(before).toEqual(names.slice(0, before.length))
    // All or nothing, and what is recorded is what is there.
    expect([0, 2, 3, 4, 5]).toContain(before.length)
    for (const [table, name] of [
      ['first', '001_first'],
      ['second', '002_second'],
      ['last', '005_last'],
    ] as const) {
      expect([table, await hasTable(table)]).toEqual([table, before.includes(name)])
    }
    await expectNextCompletes(before)
  },
)

/** The next run completes, or asks about the one that nobody but a person can know of. */
async function expectNextCompletes(before: readonly string[]): Promise<void> {
  const options = { cwd: project.dir, env: serverEnvironment(database.url) }
  const next = await runCli(['migrate', '--json'], options)
  if (next.code === 7) {
    expect(before).toEqual(names.slice(0, 3))
    const as = (await hasTable('once')) ? 'applied' : 'pending'
    const answer = ['--resolve', `004_once=${as}`, '--reason', 'looked for the table']
    expect((await runCli(['migrate', ...answer], options)).code).toBe(0)
  } else expect([next.code, next.stderr()]).toEqual([0, expect.anything()])
  expect(await applied()).toEqual(names)
}

test('while it drains it is not ready, refuses new calls and closes their connections; then it says that it stopped', async () => {
  const env = { MIGRATE_ON_BOOT: 'false', SHUTDOWN_GRACE: '20s' }
  const server = await startServer(serverEnvironment(database.url, env), { cwd: project.dir })
  const call = server.migrate()
  await eventually(
    async () =>
      (
        await database.query(`select 1 from pg_stat_activity
    where datname = current_database() and query like '%pg_sleep%' and pid <> pg_backend_pid()`)
      ).length > 0,
  )
  server.kill('SIGTERM')
  await server.printed(/SIGTERM: draining/)
  await expectGoodOrder(server)
  expect((await call).status).toBe(200)
  expect((await server.exit).code).toBe(0)
  expect(lastLine(server)).toMatchObject({ message: 'stopped', reason: 'SIGTERM', exitCode: 0 })
})

test('a second signal ends it at once, with the same last line', async () => {
  const env = { MIGRATE_ON_BOOT: 'false', SHUTDOWN_GRACE: '20s' }
  const server = await startServer(serverEnvironment(database.url, env), { cwd: project.dir })
  const call = server.migrate().catch((error: unknown) => error)
  await eventually(
    async () =>
      (
        await database.query(`select 1 from pg_stat_activity
    where datname = current_database() and query like '%pg_sleep%' and pid <> pg_backend_pid()`)
      ).length > 0,
  )
  server.kill('SIGTERM')
  await server.printed(/SIGTERM: draining/)
  const began = performance.now()
  server.kill('SIGTERM')
  expect((await server.exit).code).toBe(143)
  expect(performance.now() - began).toBeLessThan(2_000)
  await call
  expect(lastLine(server)).toMatchObject({ message: 'stopped', reason: 'SIGTERM', exitCode: 143 })
})
