import { openMeter, type Meter } from '../../bench/wire/meter.js'
import { createDatabase, type TestDatabase } from '../support/database.js'
import { answers, startCli, type Spawned } from '../support/processes.js'
import { createTestProject, migrationOf } from '../support/project.js'

const secret = 'Zx8vQ2mN5rT7wY1kB4cF6hJ9pL3sD0gA'
const names = Array.from({ length: 30 }, (_, index) => `${String(100 + index)}_step`)
const later = ['200_later', '201_later']
const sources = names.map((name) => [name, migrationOf(`create table t_${name} (id int)`)])
const project = createTestProject(Object.fromEntries(sources) as Record<string, string>)
let database: TestDatabase
let meter: Meter
let door: Spawned
let origin: string

beforeAll(async () => {
  database = await createDatabase()
  const url = new URL(database.url)
  meter = await openMeter(Number(url.port))
  url.port = String(meter.port)
  door = startCli(['serve'], {
    cwd: project.dir,
    env: {
      NODE_ENV: 'production',
      DATABASE_URL: url.href,
      MIGRATION_SECRET: secret,
      MIGRATION_ALLOWED_IPS: '127.0.0.1',
      HOST: '127.0.0.1',
      PORT: '0',
      HEALTH_PORT: '0',
      MIGRATE_ON_BOOT: 'false',
    },
  })
  const [, health] = await door.printed(/health port: (\d+)/)
  const [, port] = await door.printed(/ops port: (\d+)/)
  origin = `http://127.0.0.1:${String(port)}/api/migrate`
  await answers(`http://127.0.0.1:${String(health)}/startupz`, 200)
})

afterAll(async () => {
  door.kill('SIGTERM')
  await door.exit
  await meter.close()
  await database.drop()
  project.destroy()
})

async function counted(method: 'GET' | 'POST') {
  meter.reset()
  const response = await fetch(origin, { method, headers: { authorization: `Bearer ${secret}` } })
  const body = (await response.json()) as { status: string }
  return { status: body.status, ...meter.counts() }
}

// How often the watcher looks depends on how long it took; each look is one message.
async function constantPart(migrations: number): Promise<number> {
  const run = await counted('POST')
  expect(run.status).toBe('applied')
  expect(run.connections).toBe(1)
  const looks = run.statements.filter((text) => text.includes('pg_blocking_pids'))
  return run.roundTrips - looks.length - migrations
}

test('a run costs one round trip a migration and twenty more, whether it creates the tables or finds them', async () => {
  await counted('GET')
  expect(await constantPart(names.length)).toBe(20)
  for (const name of later) project.write(name, migrationOf(`create table t_${name} (id int)`))
  expect(await constantPart(later.length)).toBe(20)
})

test('a call that finds nothing pending is one statement on the kept connection, and it only reads', async () => {
  await counted('POST')
  const call = await counted('POST')
  expect(call).toMatchObject({ status: 'up_to_date', roundTrips: 1, connections: 0 })
  expect(call.statements).toHaveLength(1)
  expect(call.statements[0]).toMatch(/^SELECT [^;]+$/)
  expect(call.statements[0]).not.toMatch(/advisory_(?:xact_)?lock\(|for update/i)
})
