import pg from 'pg'
import { renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse } from 'yaml'
import { read } from '../repository/sources.js'
import { createDatabase, type TestDatabase } from '../support/database.js'
import { eventually } from '../support/processes.js'
import { createTestProject, migrationOf, type TestProject } from '../support/project.js'
import { createRelay } from '../support/relay.js'
import { secret, serverEnvironment, startServer, type TestServer } from '../support/server.js'
import { scrape } from './exposition.js'
import { fires, promtoolFile, type Rule } from './promtool.js'

const previous = '0b9f2d7e4c6a81355e1f7d3c9b2a60480f1e2d3c4b5a69788796a5b4c3d2e1f0'
const { groups } = parse(read('deploy/prometheus/alerts.yaml')) as {
  groups: readonly { readonly rules: readonly Rule[] }[]
}
const rules = groups.flatMap((group) => group.rules)
const fired = new Set<string>()

let database: TestDatabase
let project: TestProject
beforeAll(async () => {
  database = await createDatabase()
})
afterAll(() => database.drop())
beforeEach(() => {
  project = createTestProject({ '001_accounts': migrationOf('create table accounts (id int)') })
})
afterEach(async () => {
  project.destroy()
  await database.query('drop table if exists accounts, knex_migrations, knex_migrations_lock')
  await database.query('drop schema if exists sallyport cascade')
})

function serve(env: Readonly<Record<string, string>> = {}, url = database.url): Promise<TestServer> {
  const given = { MIGRATE_ON_BOOT: 'false', MIGRATION_LOCK_TIMEOUT: '50ms', ...env }
  return startServer(serverEnvironment(url, given), { cwd: project.dir })
}

const says = (server: TestServer, reason: string) =>
  eventually(async () => (await server.probe('readyz'))[1].reasons.includes(reason))
const runs = (server: TestServer, result: string) =>
  eventually(async () => (await scrape(server.health)).includes(`sallyport_runs_total{result="${result}"} 1`))

/** What the door's metrics say before and after `happen` makes exactly these alerts fire, of those named. */
async function raises(
  alerts: readonly string[],
  server: TestServer,
  happen: () => Promise<unknown>,
): Promise<void> {
  const before = await scrape(server.health)
  await happen()
  const after = await scrape(server.health)
  for (const alert of alerts) {
    const rule = rules.find((one) => one.alert === alert)
    if (!rule) throw new Error(`there is no alert ${alert}`)
    expect([alert, await fires(rule, before, after)]).toEqual([alert, true])
    expect([alert, 'quiet', await fires(rule, before, before)]).toEqual([alert, 'quiet', quietBefore(alert)])
    fired.add(alert)
  }
}

/** States that hold from the start on fire without anything happening. */
const standing = new Set(['SallyportNotReady', 'SallyportRotationUnfinished', 'SallyportSecretNotDedicated'])
const quietBefore = (alert: string): boolean => standing.has(alert)

const call = (server: TestServer, token: string, method = 'GET') =>
  fetch(`${server.ops}/api/migrate`, {
    method,
    headers: { authorization: `Bearer ${token}`, prefer: 'respond-async' },
  })

if (promtoolFile()) {
  test('promtool: a release that is behind, a guesser, a late caller and a bad allowlist raise their alerts', async () => {
    const list = join(project.dir, 'allowed')
    writeFileSync(list, '127.0.0.1\n')
    const server = await serve({
      MIGRATION_SECRET_PREVIOUS: previous,
      MIGRATION_ALLOWED_IPS: '',
      MIGRATION_ALLOWED_IPS_FILE: list,
    })
    await raises(['SallyportMigrationsPending'], server, () => says(server, 'pending'))
    await raises(['SallyportRefusalsRising'], server, async () => {
      for (let i = 0; i < 40; i++) await call(server, `guess-${i}`)
    })
    await raises(['SallyportPreviousSecretInUse', 'SallyportRotationUnfinished'], server, () =>
      call(server, previous),
    )
    await raises(['SallyportReloadRefused'], server, async () => {
      writeFileSync(`${list}.new`, '127.0.0.1/33\n')
      renameSync(`${list}.new`, list)
      await server.printed(/the allowlist file changed, but cannot be used/)
    })
    server.kill('SIGTERM')
    await server.exit
  }, 60_000)

  test('promtool: a long run that fails after its caller was answered 202 raises two alerts', async () => {
    project.write('002_slow', migrationOf('select pg_sleep(2)', 'select 1 / 0'))
    const server = await serve({ MIGRATION_BUDGET: '500ms' })
    const accepted = () => call(server, secret, 'POST')
    await raises(['SallyportRunOverBudget'], server, async () => {
      expect((await accepted()).status).toBe(202)
      await eventually(async () => /^sallyport_run_seconds (0\.[5-9]|1)/m.test(await scrape(server.health)))
    })
    await raises(['SallyportRunFailed'], server, () => runs(server, 'migration_failed'))
    server.kill('SIGTERM')
    await server.exit
  }, 60_000)

  test('promtool: an open question raises an alert', async () => {
    project.write('002_once', `export const config = { transaction: false }\n${migrationOf('select 1 / 0')}`)
    const server = await serve()
    await raises(['SallyportQuestionOpen'], server, async () => {
      expect((await server.migrate()).status).toBe(500)
      expect((await server.migrate()).body).toMatchObject({ code: 'unresolved' })
      await says(server, 'unresolved')
    })
    server.kill('SIGTERM')
    await server.exit
  }, 60_000)

  test('promtool: a held lock and a record that cannot be written raise their alerts', async () => {
    const server = await serve({ MIGRATION_BUDGET: '300ms' })
    expect((await server.migrate()).status).toBe(200)
    project.write('002_column', migrationOf('alter table accounts add column name text'))
    const holder = new pg.Client({ connectionString: database.url })
    await holder.connect()
    await holder.query('begin')
    await holder.query('lock table accounts')
    await raises(['SallyportBlocked'], server, async () => {
      expect((await server.migrate()).body).toMatchObject({ code: 'blocked' })
    })
    await holder.end()
    await database.query('alter table sallyport.runs add constraint full_disk check (false) not valid')
    await raises(['SallyportRecordUnavailable'], server, async () => {
      expect((await server.migrate()).body).toMatchObject({ code: 'journal_unavailable' })
    })
    server.kill('SIGTERM')
    await server.exit
  }, 60_000)

  test('promtool: a database out of reach and a door without a secret raise their alerts', async () => {
    const relay = await createRelay(database.url)
    const server = await serve({ NODE_ENV: 'staging', MIGRATION_SECRET: '' }, relay.url)
    await raises(['SallyportNotReady', 'SallyportSecretNotDedicated'], server, () =>
      says(server, 'database_unavailable'),
    )
    server.kill('SIGTERM')
    await server.exit
  }, 60_000)

  test('promtool: with these, every alert has fired on what a real door said', () => {
    expect([...fired].sort()).toEqual(rules.map(({ alert }) => alert).sort())
  })
}
