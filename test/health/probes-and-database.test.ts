import { openMeter, type Meter } from '../../bench/wire/meter.js'
import { createDatabase, type TestDatabase } from '../support/database.js'
import { eventually } from '../support/processes.js'
import { createTestProject, migrationOf, type TestProject } from '../support/project.js'
import { serverEnvironment, startServer, type TestServer } from '../support/server.js'

/** What probes cost a real PostgreSQL, and what they say while releases and backends come and go. */

const accounts = { '001_accounts': migrationOf('create table accounts (id int)') }
const orders = { '002_orders': migrationOf('create table orders (id int)') }

let database: TestDatabase
let meter: Meter
let url: string
const projects: TestProject[] = []

beforeEach(async () => {
  database = await createDatabase()
  const metered = new URL(database.url)
  meter = await openMeter(Number(metered.port))
  metered.port = String(meter.port)
  url = metered.href
})
afterEach(async () => {
  await meter.close()
  for (const project of projects.splice(0)) project.destroy()
  await database.drop()
})

function pod(
  migrations: Readonly<Record<string, string>>,
  env: Readonly<Record<string, string>> = { MIGRATE_ON_BOOT: 'false' },
): Promise<TestServer> {
  const project = createTestProject(migrations)
  projects.push(project)
  return startServer(serverEnvironment(url, env), { cwd: project.dir })
}

const reasonsOf = async (server: TestServer) => (await server.probe('readyz'))[1].reasons
/** The first question opens a connection, which may take longer than a probe waits. */
const pending = (server: TestServer) => eventually(async () => String(await reasonsOf(server)) === 'pending')
const ready = (server: TestServer) => eventually(async () => (await server.probe('readyz'))[0] === 200)

/** A thousand probes, twenty at a time, and how many seconds they took. */
async function thousandProbes(server: TestServer): Promise<number> {
  const began = performance.now()
  for (let round = 0; round < 50; round++) {
    const paths = Array.from({ length: 20 }, (_, i) => (['readyz', 'livez', 'startupz'] as const)[i % 3])
    await Promise.all(paths.map((path) => server.probe(path ?? 'readyz')))
  }
  return (performance.now() - began) / 1000
}

const relations = () =>
  database.query(`select count(*)::int as n from pg_class where relnamespace::regnamespace::text not like 'pg\\_%'
                  and relnamespace::regnamespace::text <> 'information_schema'`)

const locks = () =>
  database.query(`select l.locktype, l.mode from pg_locks l join pg_stat_activity a using (pid)
    where a.datname = current_database() and a.pid <> pg_backend_pid()`)

test.each([
  ['where nothing ever ran', async () => undefined],
  [
    'where an older release has run',
    async () => {
      const older = await pod(accounts)
      expect((await older.migrate()).status).toBe(200)
      older.kill('SIGTERM')
      await older.exit
    },
  ],
])('a thousand probes of a pod that is behind cost one statement a second, %s', async (_, before) => {
  await before()
  const behind = await pod({ ...accounts, ...orders })
  await pending(behind)
  const there = await relations()
  meter.reset()
  const seconds = await thousandProbes(behind)
  const { roundTrips, statements, connections } = meter.counts()
  expect(connections).toBe(0)
  expect(roundTrips).toBeLessThanOrEqual(Math.ceil(seconds) + 1)
  for (const text of statements) {
    expect(text).toMatch(/^\s*(?:SELECT|WITH)\b/)
    expect(text).not.toMatch(/advisory_(?:xact_)?lock|for (?:update|share)|lock table|;\s*\S/i)
  }
  expect(await locks()).toEqual([])
  expect(await relations()).toEqual(there)
  await pending(behind)
})

test('a thousand probes of a pod that is ready cost nothing at all', async () => {
  const server = await pod(accounts, {})
  await ready(server)
  meter.reset()
  await thousandProbes(server)
  expect(meter.counts()).toEqual({ roundTrips: 0, connections: 0, statements: [] })
})

test('through a rolling update a new pod waits until it is migrated by another, and old ones stay and become ready', async () => {
  const old = await pod(accounts, {})
  await ready(old)
  const [waiting, migrating] = [await pod({ ...accounts, ...orders }), await pod({ ...accounts, ...orders })]
  await pending(waiting)
  expect((await waiting.probe('readyz'))[0]).toBe(503)
  expect((await migrating.migrate()).body).toMatchObject({ status: 'applied' })
  await ready(waiting)
  expect((await old.probe('readyz'))[0]).toBe(200)
  // Restarted, or scaled up, in the middle of the roll-out; or the release is rolled back.
  const restarted = await pod(accounts, {})
  await ready(restarted)
  expect((await restarted.migrate()).body).toMatchObject({ status: 'up_to_date', ahead: ['002_orders'] })
  expect((await restarted.probe('readyz'))[0]).toBe(200)
})

test('a failover that ends every backend leaves ready pods ready, and a pod that is behind asks again', async () => {
  const server = await pod(accounts, {})
  await ready(server)
  const behind = await pod({ ...accounts, ...orders })
  await pending(behind)
  for (let i = 0; i < 5; i++) {
    await database.query(`select pg_terminate_backend(pid) from pg_stat_activity
      where datname = current_database() and pid <> pg_backend_pid()`)
    expect((await server.probe('readyz'))[0]).toBe(200)
    await reasonsOf(behind)
  }
  expect((await behind.migrate()).status).toBe(200)
  await ready(behind)
})
