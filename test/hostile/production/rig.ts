import { createDatabase, type TestDatabase } from '../../support/database.js'
import { eventually } from '../../support/processes.js'
import { createTestProject, migrationOf, type TestProject } from '../../support/project.js'
import { createRelay, type Relay } from '../../support/relay.js'
import { secret, serverEnvironment, startServer, type TestServer } from '../../support/server.js'
import { exchange, type Reply } from '../rig.js'

export { secret } from '../../support/server.js'

/** A secret that is never sent rightly, and one that other programs use. */
export const session = 'e4c19b7d05a2f8631c9e7b40d2a6f58391e0c7b4d8a2f6351b9e0c7d4a8f2b61'

/** What is sent, and the status that it must get. */
export type HostileCase = readonly [title: string, bytes: string | Buffer, status: number]

/** `sallyport serve` in production behind a trusted proxy, which is the test, with one migration pending. */
export interface Production {
  readonly server: TestServer
  readonly database: TestDatabase
  send(bytes: string | Buffer): Promise<Reply>
  /** Sends what must be refused, and holds everything that is true of a refused request against it. */
  refused(bytes: string | Buffer, status: number): Promise<void>
  /** A call of an allowed client with the right token is answered. */
  nextCallWorks(): Promise<void>
  close(): Promise<void>
}

const client = 'X-Forwarded-For: 203.0.113.9\r\n'

/** A request of an allowed client without a token; `head`: further header lines. */
export function request(line: string, head = '', body = ''): string {
  return `${line} HTTP/1.1\r\nHost: door.example\r\n${client}${head}\r\n${body}`
}

/** The same with the right token. */
export function authorised(line: string, head = '', body = ''): string {
  return request(line, `Authorization: Bearer ${secret}\r\n${head}`, body)
}

/** `changed`: what differs in its environment; `host`: as which a legitimate caller knows it. */
export async function startProduction(
  changed: Readonly<Record<string, string>> = {},
  host = 'door.example',
): Promise<Production> {
  const database = await createDatabase()
  const relay = await createRelay(database.url)
  await relay.open()
  const project = createTestProject({
    '20250101000000_accounts': migrationOf('create table accounts (i int)'),
  })
  const env = serverEnvironment(relay.url, {
    MIGRATE_ON_BOOT: 'false',
    NEXTAUTH_SECRET: session,
    MIGRATION_ALLOWED_IPS: '203.0.113.0/24, 2001:db8:1::/48',
    TRUSTED_PROXIES: '127.0.0.1/32',
    LOG_LEVEL: 'debug',
    ...changed,
  })
  const server = await startServer(env, { cwd: project.dir })
  return around({ server, database, relay, project, host })
}

interface Parts {
  readonly server: TestServer
  readonly database: TestDatabase
  readonly relay: Relay
  readonly project: TestProject
  readonly host: string
}

function around({ server, database, relay, project, host }: Parts): Production {
  const port = Number(new URL(server.ops).port)
  const send = (bytes: string | Buffer) => exchange(port, bytes)
  return Object.freeze({
    server,
    database,
    send,
    refused: async (bytes: string | Buffer, status: number) => {
      const opened = relay.connections()
      const logged = server.output().length
      const reply = await send(bytes)
      expectRefusal(reply, status)
      expect(relay.connections()).toBe(opened)
      const lines = () => server.output().slice(logged).split('\n').slice(0, -1)
      await eventually(() => lines().some((line) => line.includes(reply.headers['x-request-id'] ?? '?')))
      const told = lines().map((line) => JSON.parse(line) as { message: string; status?: number })
      expect(told.filter(({ message }) => message === 'request refused')).toMatchObject([{ status }])
      for (const value of [secret, session]) expect(reply.raw + lines().join()).not.toContain(value)
    },
    nextCallWorks: async () => {
      const reply = await send(authorised('GET /api/migrate').replace('door.example', host))
      expect([reply.status, JSON.parse(reply.body)]).toMatchObject([200, { upToDate: false, applied: 0 }])
    },
    close: async () => {
      server.kill('SIGTERM')
      await server.exit
      await relay.close()
      project.destroy()
      await database.drop()
    },
  })
}

function expectRefusal({ status, headers, body, raw }: Reply, expected: number): void {
  expect([status, raw]).toEqual([expected, raw])
  expect(headers).toMatchObject({
    'content-type': 'application/problem+json',
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
    'x-request-id': expect.stringMatching(/^[A-Za-z0-9._~-]{1,128}$/),
  })
  const problem = JSON.parse(body) as Record<string, unknown>
  expect(problem).toMatchObject({ status, success: false, error: problem['title'], code: expect.any(String) })
  expect(raw).not.toMatch(/x-powered-by|etag:|access-control-|<!doctype|\.[jt]s:\d+/i)
}
