import { renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { startSentry } from '../observe/sentry-receiver.js'
import { createDatabase, type TestDatabase } from '../support/database.js'
import { eventually, runCli } from '../support/processes.js'
import { createTestProject, type TestProject } from '../support/project.js'
import { secret, serverEnvironment, startServer } from '../support/server.js'

const other = '0b9f2d7e4c6a81355e1f7d3c9b2a60480f1e2d3c4b5a69788796a5b4c3d2e1f0'
let database: TestDatabase
let project: TestProject

beforeAll(async () => {
  database = await createDatabase()
})
afterAll(() => database.drop())
beforeEach(() => {
  project = createTestProject()
})
afterEach(() => project.destroy())

/** As a mounted secret changes: whole, by a rename. */
function replace(name: string, text: string): string {
  const path = join(project.dir, name)
  writeFileSync(`${path}.new`, text)
  renameSync(`${path}.new`, path)
  return path
}

function serve(env: Readonly<Record<string, string>>) {
  return startServer(serverEnvironment(database.url, { MIGRATE_ON_BOOT: 'false', ...env }), {
    cwd: project.dir,
  })
}

async function statusWith(ops: string, token: string): Promise<number> {
  const response = await fetch(`${ops}/api/migrate`, { headers: { authorization: `Bearer ${token}` } })
  return response.status
}

test('another credential that becomes the secret in use closes the door until they differ, and somebody is told', async () => {
  const sentry = await startSentry()
  const NEXTAUTH_SECRET_FILE = replace('session', `session-${other}\n`)
  const server = await serve({ NEXTAUTH_SECRET_FILE, SENTRY_DSN: sentry.dsn })
  expect(await statusWith(server.ops, secret)).toBe(200)
  // As Kubernetes keeps it: encoded, and with a line break.
  replace('session', `${Buffer.from(secret).toString('base64')}\n`)
  await server.printed(/a migration secret in use is now the same as another credential/)
  for (const token of [secret, 'wrong']) expect(await statusWith(server.ops, token)).toBe(503)
  const answer = await server.migrate()
  expect([answer.status, answer.body['error']]).toEqual([503, 'Migration endpoint misconfigured'])
  const metrics = await (await fetch(`${server.health}/metrics`)).text()
  expect(metrics).toMatch(/^sallyport_secret_dedicated 0$/m)
  await eventually(() => sentry.events.length > 0)
  expect(sentry.events).toMatchObject([{ level: 'fatal', tags: { code: 'misconfigured' } }])
  rmSync(NEXTAUTH_SECRET_FILE)
  await server.printed(/the file that NEXTAUTH_SECRET_FILE names does not exist/)
  replace('session', `session-${other}\n`)
  await server.printed(/a secret file changed: the new content is in use/)
  expect(await statusWith(server.ops, secret)).toBe(200)
  server.kill('SIGTERM')
  await server.exit
  await sentry.close()
  expect(server.output() + sentry.raw.join()).not.toContain(secret)
})

test('a database password that becomes the secret in use closes the door, too', async () => {
  const url = (password: string) => {
    const changed = new URL(database.url)
    changed.password = password
    return `${changed.href}\n`
  }
  const DATABASE_URL_FILE = replace('url', `${database.url}\n`)
  const server = await serve({ DATABASE_URL: '', DATABASE_URL_FILE })
  replace('url', url(secret))
  await eventually(async () => (await statusWith(server.ops, secret)) === 503)
  replace('url', url(other))
  await eventually(async () => (await statusWith(server.ops, secret)) === 200)
  server.kill('SIGTERM')
  await server.exit
})

describe('the password that a knexfile connects with', () => {
  const connecting = (url: string) => {
    const { hostname: host, port, pathname, username: user } = new URL(url)
    const connection = { host, port: Number(port), user, database: pathname.slice(1), password: secret }
    writeFileSync(
      join(project.dir, 'knexfile.mjs'),
      `export default ${JSON.stringify({ client: 'pg', connection })}`,
    )
  }

  test('ends the start in production with 78 and an alert when it is the migration secret', async () => {
    const sentry = await startSentry()
    connecting(database.url)
    const env = serverEnvironment('', { DATABASE_URL: '', SENTRY_DSN: sentry.dsn })
    const run = await runCli(['serve'], { cwd: project.dir, env })
    await sentry.close()
    expect([run.code, run.output()]).toEqual([78, run.output()])
    expect(run.output()).toContain(
      "MIGRATION_SECRET is the same as the password in the knexfile's connection",
    )
    expect(run.output()).not.toContain('ops port')
    expect(sentry.events).toMatchObject([{ level: 'fatal', tags: { code: 'misconfigured' } }])
    expect(run.output() + sentry.raw.join()).not.toContain(secret)
  })

  test('closes the door elsewhere, with one warning', async () => {
    connecting(database.url)
    const server = await serve({ NODE_ENV: 'staging', DATABASE_URL: '' })
    expect(await statusWith(server.ops, secret)).toBe(503)
    expect(server.output().match(/"level":"warn"/g)).toHaveLength(1)
    server.kill('SIGTERM')
    await server.exit
  })
})
