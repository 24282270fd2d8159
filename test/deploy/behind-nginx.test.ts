import { onPath } from '../../torture/machine/on-path.js'
import { createDatabase, type TestDatabase } from '../support/database.js'
import { start } from '../support/processes.js'
import { createTestProject, migrationOf, type TestProject } from '../support/project.js'
import { secret, serverEnvironment, startServer, type TestServer } from '../support/server.js'
import { nginxFile, startNginx, type Nginx } from './nginx.js'
import { impatient } from './slow-proxy.js'

/** Seconds: how long the migration takes, and after which silence nginx gives up. SLOW_MIGRATION=90 is the long form. */
const slow = Number(process.env.SLOW_MIGRATION ?? '12')
const readTimeout = slow >= 60 ? 10 : 2
const limitMs = (slow * 4 + 60) * 1000

let database: TestDatabase
let project: TestProject
let server: TestServer
let nginx: Nginx

/** Runs curl with the token; its exit code, its last answer's body, and how often it came again. */
async function curl(...args: readonly string[]) {
  const run = start('curl', ['--no-progress-meter', '-H', `Authorization: Bearer ${secret}`, ...args])
  const { code } = await run.exit
  return { code, stdout: run.stdout(), retries: run.stderr().match(/Will retry in/g)?.length ?? 0 }
}

if (nginxFile() && onPath('curl')) {
  beforeEach(async () => {
    database = await createDatabase()
    project = createTestProject({
      '001_slow': migrationOf(`select pg_sleep(${slow})`, 'create table slow (id int)'),
    })
    const env = serverEnvironment(database.url, { MIGRATE_ON_BOOT: 'false' })
    server = await startServer(env, { cwd: project.dir })
    nginx = await startNginx(impatient(server.ops, `${readTimeout}s`))
  })
  afterEach(async () => {
    await nginx.stop()
    server.kill('SIGTERM')
    await server.exit
    project.destroy()
    await database.drop()
  })

  const applied = async () => {
    expect(await database.query('select status from sallyport.runs')).toEqual([{ status: 'applied' }])
    expect(await database.query('select name from knex_migrations')).toEqual([{ name: '001_slow.js' }])
  }

  test(
    'a migration longer than nginx waits: curl --retry alone comes to the result, for a POST joins the run',
    async () => {
      const result = await curl(
        '-X',
        'POST',
        '--fail',
        '--retry',
        '300',
        '--retry-delay',
        '1',
        `${nginx.url}/api/migrate`,
      )
      expect([result.code, JSON.parse(result.stdout)]).toEqual([
        0,
        expect.objectContaining({ success: true }),
      ])
      expect(result.retries).toBeGreaterThan(1)
      await applied()
    },
    limitMs,
  )

  test(
    'a migration longer than nginx waits: 202 at once, then curl --retry on the outcome',
    async () => {
      const accepted = await curl('-X', 'POST', '-H', 'Prefer: respond-async', `${nginx.url}/api/migrate`)
      const { status, runId } = JSON.parse(accepted.stdout) as { status: string; runId: string }
      expect(status).toBe('running')
      const outcome = `${nginx.url}/api/migrate/runs/${runId}/outcome`
      const result = await curl('--fail', '--retry', '300', outcome)
      expect([result.code, JSON.parse(result.stdout)]).toEqual([
        0,
        expect.objectContaining({
          status: 'applied',
          runId,
          applied: [expect.objectContaining({ name: '001_slow' })],
        }),
      ])
      expect(result.retries).toBeGreaterThan(1)
      await applied()
    },
    limitMs,
  )
}
