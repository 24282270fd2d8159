import { exchange, type Reply } from '../hostile/rig.js'
import { createDatabase, type TestDatabase } from '../support/database.js'
import { createTestProject, migrationOf, type TestProject } from '../support/project.js'
import { bodyCases, bytesOf, cases, type Case } from './cases.js'
import {
  behindStripping,
  hosts,
  inHost,
  parsingHost,
  standalone,
  type Ground,
  type Surface,
} from './surfaces.js'

let database: TestDatabase
let project: TestProject
beforeAll(async () => {
  database = await createDatabase()
  project = createTestProject({ '20250101000000_accounts': migrationOf('create table accounts (id int)') })
})
afterAll(async () => {
  project.destroy()
  await database.drop()
})

type Open = (ground: Ground) => Promise<Surface>
const surfaces: readonly (readonly [string, Open])[] = [
  ['the standalone server', standalone],
  [
    'the standalone server behind a proxy that strips a path',
    async (ground) => behindStripping(await standalone(ground)),
  ],
  ...Object.entries(hosts).map(
    ([name, [host, base]]) => [name, (ground: Ground) => inHost(ground, host, base)] as const,
  ),
  [
    'an application behind a proxy that strips a path',
    async (ground) => behindStripping(await inHost(ground, (app, door) => app.use('/m', door), '/m')),
  ],
]

test('every case has an id of its own', () => {
  const ids = [...cases, ...bodyCases].map(({ id }) => id)
  expect(new Set(ids).size).toBe(ids.length)
})

describe.each(surfaces)('%s', (_name, open) => {
  checked(open, [...cases, ...bodyCases])
})

describe('an application whose parsers read every body first', () => {
  const consumed = { status: 400, code: 'bad_request' }
  const refused = bodyCases
    .filter(({ id }) => !['body-no-json', 'body-compressed'].includes(id)) // its own parser answers those
    .map((each) => ({ ...each, expected: consumed }))
  checked((ground) => inHost(ground, parsingHost, '/api/migrate'), [...cases, ...refused])
})

function checked(open: Open, list: readonly Case[]): void {
  let surface: Surface
  beforeAll(async () => {
    surface = await open({ database, project })
  })
  afterAll(() => surface.close())

  test.each(list.map((each) => [each.id, each] as const))('%s', async (_id, each) => {
    const reply = await exchange(surface.port, bytesOf(each, surface.base))
    expectAnswer(reply, each)
  })

  test('and nothing of all this has written', async () => {
    expect(await tables()).toEqual([])
  })
}

function expectAnswer({ status, headers, body, raw }: Reply, { method, expected }: Case): void {
  const code: unknown = method === 'HEAD' ? undefined : (JSON.parse(body) as { code?: unknown }).code
  expect({ status, code }).toEqual({ status: expected.status, code: expected.code })
  expect(headers).toMatchObject({
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
    'x-request-id': expect.stringMatching(/./),
    ...expected.headers,
  })
  expect(raw).not.toMatch(/x-powered-by|access-control-|etag:|<!doctype/i)
}

/** Nothing here may write: not even the bookkeeping is there. */
async function tables(): Promise<unknown[]> {
  return database.query(
    `select tablename from pg_tables where schemaname not in ('pg_catalog', 'information_schema')`,
  )
}
