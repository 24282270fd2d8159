import { createDatabase, type TestDatabase } from '../support/database.js'
import { eventually, runCli } from '../support/processes.js'
import { createTestProject, migrationOf, type TestProject } from '../support/project.js'
import { createRelay, type Relay } from '../support/relay.js'
import { serverEnvironment, startServer, type TestServer } from '../support/server.js'

/** A new pod whose database stops to answer without a word: a failover, a stopped backend, a proxy that stalls. */

let database: TestDatabase
let project: TestProject
let relay: Relay

beforeEach(async () => {
  database = await createDatabase()
  project = createTestProject({ '001_accounts': migrationOf('create table accounts (id int)') })
  relay = await createRelay(database.url)
  await relay.open()
})
afterEach(async () => {
  await relay.close()
  project.destroy()
  await database.drop()
})

/** What each probe says, and that none of them keeps the kubelet waiting. */
async function promptly(server: TestServer) {
  const began = performance.now()
  expect((await server.probe('livez'))[0]).toBe(200)
  const [, { reasons }] = await server.probe('readyz')
  expect(performance.now() - began).toBeLessThan(1_000)
  return reasons
}

async function newPod(env: Readonly<Record<string, string>> = {}): Promise<TestServer> {
  const settings = serverEnvironment(relay.url, { MIGRATE_ON_BOOT: 'false', ...env })
  const server = await startServer(settings, { cwd: project.dir })
  await eventually(async () => (await promptly(server)).includes('pending'))
  return server
}

/** As another replica would, past the relay. */
async function migratedElsewhere(): Promise<void> {
  const { code, stderr } = await runCli(['migrate'], {
    cwd: project.dir,
    env: serverEnvironment(database.url),
  })
  expect([code, stderr()]).toEqual([0, expect.anything()])
}

test('a connection that never answers again is given up within seconds, and the pod becomes ready on a new one', async () => {
  const server = await newPod()
  relay.freeze()
  await migratedElsewhere()
  const before = relay.connections()
  await eventually(async () => (await promptly(server)).length === 0, 12_000)
  expect(relay.connections()).toBe(before + 1)
})

test('while nothing answers at all the probes do, and the pod becomes ready once the database is back', async () => {
  const server = await newPod()
  relay.freeze({ newOnes: true })
  await migratedElsewhere()
  await eventually(async () => (await promptly(server)).includes('unknown'))
  const before = relay.connections()
  // The connection that hung is given up, and a new one, which is never let in, is tried.
  await eventually(async () => (await promptly(server)).length > 0 && relay.connections() > before, 12_000)
  relay.thaw()
  await eventually(async () => (await promptly(server)).length === 0, 20_000)
})

test('a pod that was ready stays ready through a database that hangs and one that is gone', async () => {
  const server = await newPod()
  await migratedElsewhere()
  await eventually(async () => (await promptly(server)).length === 0)
  const before = relay.connections()
  relay.freeze({ newOnes: true })
  for (let i = 0; i < 20; i++) expect(await promptly(server)).toEqual([])
  await relay.close()
  for (let i = 0; i < 20; i++) expect(await promptly(server)).toEqual([])
  expect(relay.connections()).toBe(before)
})

test('a call over a connection that never answers is told so within seconds, and the next one works', async () => {
  const server = await newPod()
  relay.freeze()
  const began = performance.now()
  expect(await server.migrate()).toMatchObject({ status: 503, body: { code: 'database_unavailable' } })
  expect(performance.now() - began).toBeLessThan(10_000)
  expect(await server.migrate()).toMatchObject({ status: 200, body: { status: 'applied' } })
})
