import { createDatabase, type TestDatabase } from '../support/database.js'
import { runCli } from '../support/processes.js'
import { createTestProject, migrationOf, type TestProject } from '../support/project.js'
import { startSentry, type SentryReceiver } from './sentry-receiver.js'

let database: TestDatabase
let project: TestProject
let sentry: SentryReceiver

beforeEach(async () => {
  database = await createDatabase()
  project = createTestProject({ '20250101000000_a': migrationOf('create table a (id int)') })
  sentry = await startSentry()
})
afterEach(async () => {
  await sentry.close()
  project.destroy()
  await database.drop()
})

const migrate = () => {
  const env = { NODE_ENV: 'production', DATABASE_URL: database.url, SENTRY_DSN: sentry.dsn }
  return runCli(['migrate'], { cwd: project.dir, env })
}
const head = async (): Promise<string | undefined> => {
  const [row] = await database.query<{ head: string }>(
    `select seq || ':' || hash as head from sallyport.journal order by seq desc limit 1`,
  )
  return row?.head
}
/** What the check-ins carried: nothing at the beginning of a run. */
const carried = () =>
  sentry.checkIns.map(({ contexts }) => (contexts as { journal?: { head: string } }).journal?.head)

test('the end of a run, and the alert of one that failed, carry the head of the journal', async () => {
  expect((await migrate()).code).toBe(0)
  const first = await head()
  expect(carried()).toEqual([undefined, first])
  project.write('20250102000000_b', migrationOf('select 1/0'))
  expect((await migrate()).code).toBe(1)
  const second = await head()
  expect(second).not.toBe(first)
  expect(carried()).toEqual([undefined, first, undefined, second])
  expect(sentry.events).toMatchObject([{ tags: { code: 'migration_failed', journalHead: second } }])
})
