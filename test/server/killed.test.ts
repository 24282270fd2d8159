import { createDatabase, type TestDatabase } from '../support/database.js'
import { eventually } from '../support/processes.js'
import { createTestProject, migrationOf, type TestProject } from '../support/project.js'
import { secret, serverEnvironment, startServer } from '../support/server.js'

let database: TestDatabase
let project: TestProject
beforeAll(async () => {
  database = await createDatabase()
  project = createTestProject({ '001_slow': migrationOf('select pg_sleep(60)') })
})
afterAll(async () => {
  project.destroy()
  await database.drop()
})

test('a run whose process was killed reads as interrupted at another replica, and its outcome is 409', async () => {
  const env = serverEnvironment(database.url, { MIGRATE_ON_BOOT: 'false' })
  const [one, other] = [
    await startServer(env, { cwd: project.dir }),
    await startServer(env, { cwd: project.dir }),
  ]
  const headers = { authorization: `Bearer ${secret}` }
  const accepted = await fetch(`${one.ops}/api/migrate`, {
    method: 'POST',
    headers: { ...headers, prefer: 'respond-async' },
  })
  const { runId } = (await accepted.json()) as { runId: string }
  const get = async (rest = ''): Promise<[number, Record<string, unknown>]> => {
    const response = await fetch(`${other.ops}/api/migrate/runs/${runId}${rest}`, { headers })
    return [response.status, (await response.json()) as Record<string, unknown>]
  }
  expect(await get('/outcome')).toMatchObject([503, { code: 'still_running' }])
  one.kill('SIGKILL')
  await one.exit
  await eventually(async () => (await get())[1]['status'] !== 'running')
  expect(await get()).toMatchObject([200, { status: 'interrupted', applied: [] }])
  expect(await get('/outcome')).toMatchObject([
    409,
    { code: 'interrupted', runId, applied: [], success: false },
  ])
})
