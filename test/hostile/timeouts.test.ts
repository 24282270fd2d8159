import { connect, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createCertificate } from '../support/certificate.js'
import { createDatabase, type TestDatabase } from '../support/database.js'
import { createTestProject, type TestProject } from '../support/project.js'
import { secret, serverEnvironment, startServer, type TestServer } from '../support/server.js'
import { exchange } from './rig.js'

/** Seconds after which a connection was closed, and what had come by then. */
interface Closed {
  readonly seconds: number
  readonly text: string
}

const right = `Authorization: Bearer ${secret}\r\n`
const head = `POST /api/migrate HTTP/1.1\r\nHost: 127.0.0.1\r\n${right}`
/** How late a limit may be noticed: connections are looked at every two seconds, on a machine that may be busy. */
const late = 6

let database: TestDatabase
let project: TestProject
let plain: TestServer
let tls: TestServer
const opened: Socket[] = []

beforeAll(async () => {
  database = await createDatabase()
  project = createTestProject()
  const { cert, key } = createCertificate('door')
  const [TLS_CERT_FILE, TLS_KEY_FILE] = ['tls.crt', 'tls.key'].map((name) => join(project.dir, name)) as [
    string,
    string,
  ]
  writeFileSync(TLS_CERT_FILE, cert)
  writeFileSync(TLS_KEY_FILE, key)
  const serve = (env = {}) =>
    startServer(serverEnvironment(database.url, { MIGRATE_ON_BOOT: 'false', ...env }), { cwd: project.dir })
  ;[plain, tls] = await Promise.all([serve(), serve({ TLS_CERT_FILE, TLS_KEY_FILE })])
  await Promise.all(Object.values(attempts).map((attempt) => attempt.begin()))
}, 90_000)
afterAll(async () => {
  for (const socket of opened) socket.destroy()
  for (const server of [plain, tls]) server.kill('SIGTERM')
  await Promise.all([plain.exit, tls.exit])
  project.destroy()
  await database.drop()
})

/** Keeps what becomes of a connection on which `first` is sent at once, and then a byte every two seconds. */
function drip(socket: Socket, first: string | Buffer, more = ''): Promise<Closed> {
  opened.push(socket)
  const began = performance.now()
  let text = ''
  const timer = setInterval(() => socket.write(more), 2_000)
  socket.on('error', () => undefined).on('data', (chunk: Buffer) => (text += chunk.toString('latin1')))
  if (first.length > 0) socket.write(first)
  const closed = new Promise<Closed>((resolve) => {
    socket.on('close', () => resolve({ seconds: (performance.now() - began) / 1000, text }))
  })
  const waited = new Promise<Closed>((resolve) => {
    setTimeout(() => resolve({ seconds: Infinity, text }), 50_000).unref()
  })
  return Promise.race([closed, waited]).finally(() => clearInterval(timer))
}

const portOf = (url: string): number => Number(new URL(url).port)
const to = (url: string): Socket => connect(portOf(url), '127.0.0.1')

function secured(): Promise<Socket> {
  return new Promise((resolve) => {
    const socket = connectTls({ port: portOf(tls.ops), host: '127.0.0.1', rejectUnauthorized: false }, () =>
      resolve(socket),
    )
  })
}

/** The first bytes of a TLS handshake: a record that announces more than follows. */
const hello = Buffer.from('1603010200010001fc0303', 'hex')

interface Attempt {
  readonly limit: number
  readonly answer: '408' | 'none'
  readonly work: () => Promise<Closed>
}

const trials: Readonly<Record<string, Attempt>> = {
  'a connection on which nothing is sent': { limit: 10, answer: '408', work: () => drip(to(plain.ops), '') },
  'headers that come a byte at a time': {
    limit: 10,
    answer: '408',
    work: () => drip(to(plain.ops), `${head}X-Slow: `, 'a'),
  },
  'a request line that comes a byte at a time': {
    limit: 10,
    answer: '408',
    work: () => drip(to(plain.ops), 'GET /', 'a'),
  },
  'a body that comes a byte at a time': {
    limit: 30,
    answer: '408',
    work: () =>
      drip(to(plain.ops), `${head}Content-Type: application/json\r\nContent-Length: 100\r\n\r\n`, ' '),
  },
  'a body whose chunks come one at a time': {
    limit: 30,
    answer: '408',
    work: () =>
      drip(
        to(plain.ops),
        `${head}Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n`,
        '1\r\n \r\n',
      ),
  },
  'a TLS handshake that is not begun': { limit: 10, answer: 'none', work: () => drip(to(tls.ops), '') },
  'a TLS handshake that stops half way': {
    limit: 10,
    answer: 'none',
    work: () => drip(to(tls.ops), hello, '\0'),
  },
  'headers that come a byte at a time, within TLS': {
    limit: 10,
    answer: '408',
    work: async () => drip(await secured(), `${head}X-Slow: `, 'a'),
  },
  'a body that comes a byte at a time, within TLS': {
    limit: 30,
    answer: '408',
    work: async () =>
      drip(await secured(), `${head}Content-Type: application/json\r\nContent-Length: 100\r\n\r\n`, ' '),
  },
  'headers that come a byte at a time on the health port': {
    limit: 10,
    answer: '408',
    work: () => drip(to(plain.health), 'GET /livez HTTP/1.1\r\nHost: a\r\nX: ', 'a'),
  },
  'a body that comes a byte at a time on the health port': {
    limit: 30,
    answer: 'none',
    work: () =>
      drip(to(plain.health), 'POST /nowhere HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\n', ' '),
  },
}

/** All of them at once: together they take as long as the longest. */
const results = new Map<string, Closed>()
let kept: Closed | undefined
const attempts: Readonly<Record<string, { begin: () => Promise<void> }>> = {
  ...Object.fromEntries(
    Object.entries(trials).map(([name, { work }]) => [
      name,
      { begin: async () => void results.set(name, await work()) },
    ]),
  ),
  'a connection that is idle between two requests': {
    begin: async () => {
      const socket = to(plain.ops)
      const ended = drip(socket, `GET /api/migrate/nowhere HTTP/1.1\r\nHost: 127.0.0.1\r\n${right}\r\n`)
      const second = setTimeout(() => {
        socket.write('GET /api/migrate HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n')
      }, 33_000)
      kept = await ended
      clearTimeout(second)
    },
  },
}

test.each(Object.entries(trials))('%s is ended after its time', (name, { limit, answer }) => {
  const { seconds, text } = results.get(name) ?? { seconds: 0, text: '' }
  expect(seconds).toBeGreaterThan(limit - 1)
  expect(seconds).toBeLessThan(limit + late)
  expect(/^HTTP\/1\.1 (\d+)/.exec(text)?.[1] ?? 'none').toBe(
    answer === 'none' && name.includes('health') ? '404' : answer,
  )
})

test('a connection that is idle between two requests is kept for longer than proxies keep it', () => {
  expect(kept?.seconds).toBeGreaterThan(32)
  expect(kept?.text).toMatch(/^HTTP\/1\.1 404 [^]*keep-alive: timeout=75[^]*HTTP\/1\.1 401 /i)
})

test('nothing of all this was run, and the next call is answered', async () => {
  expect(await database.query(`select from pg_tables where schemaname in ('public', 'sallyport')`)).toEqual(
    [],
  )
  const reply = await exchange(portOf(plain.ops), `${head}Content-Length: 0\r\n\r\n`)
  expect(reply.status).toBe(200)
  expect(plain.output()).not.toContain(secret)
})
