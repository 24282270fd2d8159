import { readFileSync } from 'node:fs'
import { request } from 'node:http'
import { join } from 'node:path'
import { createDatabase, type TestDatabase } from '../support/database.js'
import { eventually, root } from '../support/processes.js'
import { createTestProject, migrationOf, type TestProject } from '../support/project.js'
import { secret, serverEnvironment, startServer, type TestServer } from '../support/server.js'
import { filesBelow } from '../repository/sources.js'

/** The log of a real server against the tables of docs/operations.md. */

const traceId = '4bf92f3577b34da6a3ce929d0e0e4736'
const spanId = '00f067aa0ba902b7'
const traceparent = `00-${traceId}-${spanId}-01`

let database: TestDatabase
let project: TestProject
let server: TestServer

beforeAll(async () => {
  database = await createDatabase()
  project = createTestProject({ '001_accounts': migrationOf('create table accounts (id int)') })
  const env = { MIGRATE_ON_BOOT: 'false', MIGRATION_SECRET_PREVIOUS: previous }
  server = await startServer(serverEnvironment(database.url, env), { cwd: project.dir })
})
afterAll(async () => {
  project.destroy()
  await database.drop()
})

const previous = '0a1b2c3d4e5f60718293a4b5c6d7e8f90123456789abcdef0123456789abcdef'

type Line = Readonly<Record<string, unknown>>

/** Every line so far; each is one JSON object. */
const lines = (): Line[] =>
  server
    .stdout()
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Line)

const linesOf = (message: string) => lines().filter((line) => line['message'] === message)

/** POST with these header lines; the status and the body. */
function post(headers: Readonly<Record<string, string | string[]>>, token = secret) {
  return new Promise<{ status: number; body: Line }>((resolve, reject) => {
    const call = request(`${server.ops}/api/migrate`, {
      method: 'POST',
      headers: { ...headers, authorization: `Bearer ${token}` },
    })
    call.once('error', reject).once('response', (response) => {
      let text = ''
      response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk))
      response.once('end', () => {
        resolve({ status: response.statusCode ?? 0, body: JSON.parse(text) as Line })
      })
    })
    call.end()
  })
}

test('the trace of a caller is in the lines of its request and its run, and in the record of the run', async () => {
  const headers = { traceparent, 'X-Request-Id': 'traced' }
  const { status, body } = await post(headers)
  expect(status).toBe(200)
  await eventually(() => linesOf('run ended').length === 1)
  const { runId } = body
  const of = { traceId, requestId: 'traced', runId }
  expect(linesOf('run started')).toMatchObject([of])
  expect(linesOf('run ended')).toMatchObject([{ ...of, status: 'applied', applied: ['001_accounts'] }])
  expect(linesOf('migration call answered')).toMatchObject([{ ...of, spanId }])
  const rows = await database.query('select actor from sallyport.runs where id = $1', [runId])
  expect(rows).toMatchObject([{ actor: { traceId, requestId: 'traced' } }])
})

test.each([
  ['an invalid traceparent', { traceparent: traceparent.toUpperCase() }],
  ['two of them', { traceparent: [traceparent, traceparent] }],
])('%s is ignored, not refused', async (_, headers) => {
  const requestId = `id-${String(Math.random()).slice(2)}`
  expect((await post({ ...headers, 'X-Request-Id': requestId })).status).toBe(200)
  await eventually(() => lines().some((line) => line['requestId'] === requestId))
  const told = lines().filter((line) => line['requestId'] === requestId)
  expect(told.flatMap(Object.keys)).not.toContain('traceId')
})

test('a refused request has its trace in its line', async () => {
  expect((await post({ traceparent }, 'x'.repeat(40))).status).toBe(401)
  await eventually(() => linesOf('request refused').length === 1)
  expect(linesOf('request refused')).toMatchObject([{ traceId, spanId, code: 'unauthorized' }])
})

test('the end of a run has its line though its caller left before', async () => {
  project.write('002_fails', migrationOf('select pg_sleep(0.3)', 'select 1/0'))
  const { status, body } = await post({ prefer: 'respond-async', traceparent })
  expect(status).toBe(202)
  const ended = () => linesOf('run ended').filter(({ runId }) => runId === body['runId'])
  await eventually(() => ended().length > 0)
  expect(ended()).toMatchObject([
    { level: 'error', status: 'failed', code: 'migration_failed', sqlState: '22012', traceId },
  ])
})

test('every member of every line, and every fixed message, stands in the documentation, and no other', async () => {
  expect((await post({}, previous)).status).toBe(500)
  server.kill('SIGHUP')
  await server.printed(/SIGHUP ignored/)
  server.kill('SIGTERM')
  expect((await server.exit).code).toBe(0)
  const fields = tableOf('### Members of a line')
  const members = [...new Set(lines().flatMap(Object.keys))]
  expect(members.filter((member) => !fields.includes(member))).toEqual([])
  const messages = tableOf('### Messages')
  // What a start finds speaks of a variable, in words of its own.
  const fixed = lines()
    .filter((line) => !('variable' in line))
    .map((line) => String(line['message']))
    .filter((message) => !/[:\d]|SIG/.test(message))
  expect([...new Set(fixed)].filter((message) => !messages.includes(message))).toEqual([])
  const code = [...filesBelow('src', '.ts'), ...filesBelow('config', '.ts')]
    .map(({ text }) => text)
    .join('\n')
  expect(messages.filter((message) => !code.includes(`'${message}'`))).toEqual([])
  expect(fields.filter((field) => !new RegExp(`\\b${field}\\b`).test(code))).toEqual([])
  expect(members.length).toBeGreaterThan(15)
})

/** The first column of the table under a heading of docs/operations.md. */
function tableOf(heading: string): string[] {
  const page = readFileSync(join(root, 'docs/operations.md'), 'utf8')
  const section = page.slice(page.indexOf(`${heading}\n`) + heading.length).split(/^#/m)[0] ?? ''
  return [...section.matchAll(/^\| `([^`]+)`/gm)].map(([, name]) => name ?? '')
}
