import { request as send } from 'node:http'
import { createDatabase, type TestDatabase } from '../support/database.js'
import { eventually, runCli } from '../support/processes.js'
import { createTestProject, migrationOf, type TestProject } from '../support/project.js'
import { secret, serverEnvironment, startServer, type TestServer } from '../support/server.js'
import { recordsOf } from './records.js'

const previous = '0b9f2d7e4c6a81355e1f7d3c9b2a60480f1e2d3c4b5a69788796a5b4c3d2e1f0'
let database: TestDatabase
let project: TestProject
let server: TestServer

beforeEach(async () => {
  database = await createDatabase()
  project = createTestProject({
    '20250101000000_create_accounts': migrationOf('create table accounts (id int)'),
  })
  const env = serverEnvironment(database.url, {
    MIGRATE_ON_BOOT: 'false',
    MIGRATION_SECRET_PREVIOUS: previous,
    MIGRATION_ALLOWED_IPS: '10.8.0.0/16',
    TRUSTED_PROXIES: '127.0.0.1, 10.0.3.0/24',
  })
  server = await startServer(env, { cwd: project.dir })
})
afterEach(async () => {
  server.kill('SIGTERM')
  await server.exit
  project.destroy()
  await database.drop()
})

interface Asked {
  readonly method?: string
  readonly token?: string
  readonly from?: string
  /** Bytes of `X-Actor`, each a character. */
  readonly actor?: string
}

/** Raw, because `fetch` refuses bytes that a header may hold. */
async function ask({ method = 'POST', token = secret, from = '10.8.3.4', actor }: Asked = {}): Promise<{
  status: number | undefined
  head: string | undefined
}> {
  return new Promise((settle, reject) => {
    const headers = {
      authorization: `Bearer ${token}`,
      'x-forwarded-for': from,
      ...(actor === undefined ? {} : { 'x-actor': actor }),
    }
    const call = send(`${server.ops}/api/migrate`, { method, headers }, (response) => {
      response.resume().on('end', () => {
        settle({
          status: response.statusCode,
          head: response.headers['x-journal-head'] as string | undefined,
        })
      })
    })
    call.on('error', reject).end()
  })
}

async function headInDatabase(): Promise<string> {
  const [row] = await database.query<{ seq: string; hash: string }>(
    'select seq, hash from sallyport.journal order by seq desc limit 1',
  )
  return `${row?.seq}:${row?.hash}`
}

const wire = (text: string) => Buffer.from(text, 'utf8').toString('latin1')

test('answers carry the head of the journal, as the database has it, from the first record on', async () => {
  expect((await ask({ method: 'GET' })).head).toBeUndefined()
  const applied = await ask()
  expect(applied).toEqual({ status: 200, head: await headInDatabase() })
  expect(applied.head).toMatch(/^3:[0-9a-f]{64}$/)
  project.write('20250102000000_more', migrationOf('create table more (id int)'))
  const pipeline = await runCli(['migrate'], {
    cwd: project.dir,
    env: { NODE_ENV: 'production', DATABASE_URL: database.url },
  })
  expect(pipeline.code).toBe(0)
  // Another process has written since.
  expect((await ask({ method: 'GET' })).head).toBe(await headInDatabase())
  expect((await ask({ token: 'wrong' })).head).toBeUndefined()
})

test('a run is recorded with the way its request took, and with whom the caller says it acts for', async () => {
  const declared = 'Jürgen <j@example.com> 🚀 \u202e\u200b'
  await ask({ from: '198.51.100.7, 10.8.3.4, 10.0.3.9', actor: wire(`${declared}${'x'.repeat(300)}`) })
  const [started] = await recordsOf(database)
  expect(started?.data['actor']).toEqual({
    credential: 'current',
    address: '10.8.3.4',
    hops: ['127.0.0.1', '10.0.3.9', '10.8.3.4'],
    requestId: expect.any(String),
    declared: `Jürgen <j@example.com> 🚀 ${'x'.repeat(128)}`.slice(0, 128),
  })
})

test.each([
  ['in Latin-1', 'J\u00fcrgen', 'Jürgen'],
  ['that shows nothing', wire('\u200b\u202e\u2066 '), undefined],
  ['that holds the secret', `me ${secret}`, expect.not.stringContaining(secret)],
])('a declaration %s is recorded as far as it can be read', async (_, actor, expected) => {
  expect((await ask({ actor })).status).toBe(200)
  const [started] = await recordsOf(database)
  expect((started?.data['actor'] as { declared?: string }).declared).toEqual(expected)
})

test('what was refused before there is a journal opens no connection, and is in it afterwards', async () => {
  const connections = `select 1 from pg_stat_activity where application_name like 'sallyport%' and datname = current_database()`
  for (let i = 0; i < 3; i++) expect((await ask({ token: 'wrong' })).status).toBe(401)
  expect((await ask({ from: '203.0.113.9' })).status).toBe(403)
  expect(await database.query(connections)).toEqual([])
  expect((await ask({ token: previous })).status).toBe(200)
  server.kill('SIGTERM')
  await server.exit
  const told = (await recordsOf(database)).slice(3)
  expect(told).toMatchObject([
    { kind: 'previous_secret_used', data: { address: '10.8.3.4' } },
    {
      kind: 'requests_refused',
      data: {
        total: 4,
        refusals: [
          { code: 'unauthorized', status: 401, reason: 'wrong', count: 3, addresses: ['10.8.3.4'] },
          { code: 'forbidden', status: 403, reason: 'not-listed', count: 1, addresses: ['203.0.113.9'] },
        ],
      },
    },
  ])
  expect(JSON.stringify(told)).not.toContain(previous)
})

test('the previous secret’s use is in the journal soon, though nothing was pending', async () => {
  await ask()
  await ask({ token: previous })
  await eventually(async () => (await recordsOf(database)).at(-1)?.kind === 'previous_secret_used')
})
