import { connect, type Socket } from 'node:net'
import { request } from 'node:https'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createCertificate } from '../support/certificate.js'
import { createDatabase, type TestDatabase } from '../support/database.js'
import { eventually } from '../support/processes.js'
import { createTestProject, type TestProject } from '../support/project.js'
import { secret, serverEnvironment, startServer, type TestServer } from '../support/server.js'
import { exchange } from './rig.js'

let database: TestDatabase
let project: TestProject
let plain: TestServer
let tls: TestServer

beforeAll(async () => {
  database = await createDatabase()
  project = createTestProject()
  const { cert, key } = createCertificate('door')
  const [TLS_CERT_FILE, TLS_KEY_FILE] = [join(project.dir, 'tls.crt'), join(project.dir, 'tls.key')]
  writeFileSync(TLS_CERT_FILE, cert)
  writeFileSync(TLS_KEY_FILE, key)
  const serve = (env = {}) =>
    startServer(serverEnvironment(database.url, { MIGRATE_ON_BOOT: 'false', ...env }), { cwd: project.dir })
  ;[plain, tls] = await Promise.all([serve(), serve({ TLS_CERT_FILE, TLS_KEY_FILE })])
})
afterAll(async () => {
  for (const server of [plain, tls]) server.kill('SIGTERM')
  await Promise.all([plain.exit, tls.exit])
  project.destroy()
  await database.drop()
})

const portOf = ({ ops }: TestServer): number => Number(new URL(ops).port)

/** A thousand connections, from as many addresses as there are in 127.0.1.0/24, none of which is on the list. */
async function flood(server: TestServer, first: string | Buffer): Promise<Socket[]> {
  const sockets = Array.from({ length: 1_000 }, (_, n) =>
    connect({ port: portOf(server), host: '127.0.0.1', localAddress: `127.0.1.${1 + (n % 250)}` }),
  )
  const settled = sockets.map(
    (socket) =>
      new Promise<void>((resolve) => {
        socket.resume().on('error', () => undefined)
        socket.on('close', () => resolve())
        socket.once('connect', () => {
          socket.write(first, () => resolve())
        })
      }),
  )
  await Promise.all(settled)
  return sockets
}

/** What the operating system knows of connections that the server holds: it closed all others. */
const held = (sockets: readonly Socket[]): number => sockets.filter((socket) => !socket.closed).length

/** A call of the allowed address, on a connection of its own. */
function call(server: TestServer): Promise<number> {
  const head = `GET /api/migrate/nowhere HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer ${secret}\r\n\r\n`
  if (server === plain) return exchange(portOf(plain), head).then(({ status }) => status)
  return new Promise((resolve, reject) => {
    const options = { port: portOf(server), host: '127.0.0.1', rejectUnauthorized: false, agent: false }
    request(
      {
        ...options,
        path: '/api/migrate/nowhere',
        headers: { authorization: `Bearer ${secret}` },
        timeout: 5_000,
      },
      (response) => {
        response.resume()
        resolve(response.statusCode ?? 0)
      },
    )
      .on('timeout', () => reject(new Error('no answer within 5 s')))
      .on('error', reject)
      .end()
  })
}

const hello = Buffer.from('1603010200010001fc0303', 'hex')

test.each<[string, () => TestServer, string | Buffer]>([
  ['that send nothing', () => plain, ''],
  ['that send the beginning of a request', () => plain, 'POST /api/migrate HTTP/1.1\r\nX-Slow: '],
  ['that begin no TLS handshake', () => tls, ''],
  ['that stop within a TLS handshake', () => tls, hello],
])(
  'a thousand connections from addresses that are not listed, %s, keep nobody out',
  async (_, server, first) => {
    const sockets = await flood(server(), first)
    await eventually(() => held(sockets) <= 128)
    expect(held(sockets)).toBeGreaterThan(0)
    for (let n = 0; n < 10; n += 1) expect(await call(server())).toBe(404)
    // Their ten seconds over, those that were held are let go, and their places are free again.
    await eventually(() => held(sockets) === 0)
    for (const socket of sockets) socket.destroy()
    expect(await call(server())).toBe(404)
  },
  60_000,
)

test('an address that is not listed gets an answer, and its connection is closed', async () => {
  const text = await new Promise<string>((resolve, reject) => {
    let received = ''
    const socket = connect({ port: portOf(plain), host: '127.0.0.1', localAddress: '127.0.1.7' })
    socket.setEncoding('utf8').on('data', (chunk: string) => (received += chunk))
    socket.on('error', reject).on('close', () => resolve(received))
    socket.write(`GET /api/migrate HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ${secret}\r\n\r\n`)
  })
  expect(text).toMatch(/^HTTP\/1\.1 403 [^]*connection: close[^]*"code":"forbidden"/i)
  expect(await plain.printed(/"address":"127\.0\.1\.7"/)).toBeDefined()
})
