import { allowed, strangers } from './address-cases.js'
import { bodies } from './body-cases.js'
import { browsers } from './browser-cases.js'
import { authorised, startProduction, type HostileCase, type Production } from './rig.js'
import { targets } from './target-cases.js'
import { tokens } from './token-cases.js'
import { smuggling } from './smuggling-cases.js'
import { framing, limits } from './wire-cases.js'

let production: Production
beforeAll(async () => {
  production = await startProduction()
})
afterAll(() => production.close())

const tables: Readonly<Record<string, readonly HostileCase[]>> = {
  'that could be framed in two ways': framing,
  'that hides another, or a part of itself': smuggling,
  'beyond a limit, or of another protocol': limits,
  'from an address that is not listed': strangers,
  'that a page of another site made': browsers,
  'without the token': tokens,
  'for a target, or with an option, that there is not': targets,
  'with a body that is no option': bodies,
}

describe.each(Object.entries(tables))('a server in production refuses a request %s:', (_name, cases) => {
  test.each(cases)('%s', async (_title, bytes, status) => {
    await production.refused(bytes, status)
    await production.nextCallWorks()
  })

  test('and nothing was created, locked or left behind', async () => {
    const [found] = await production.database.query(`
      select (select count(*)::int from pg_tables where schemaname in ('public', 'sallyport')) as tables,
        (select count(*)::int from pg_locks join pg_database on pg_database.oid = pg_locks.database
          where locktype = 'advisory' and datname = current_database()) as locks`)
    expect(found).toEqual({ tables: 0, locks: 0 })
  })
})

test.each(allowed)('an allowed address is let in: %s', async (_title, bytes) => {
  expect((await production.send(bytes)).status).toBe(200)
})

test('every refusal was counted once, and the migration is still there to be applied', async () => {
  const metrics = await (await fetch(`${production.server.health}/metrics`)).text()
  const counted = [...metrics.matchAll(/^sallyport_refus\w+\{[^}]*\} (\d+)$/gm)].map(([, n]) => Number(n))
  const sent = Object.values(tables).reduce((sum, cases) => sum + cases.length, 0)
  expect(counted.reduce((sum, n) => sum + n, 0)).toBe(sent)
  const reply = await production.send(authorised('POST /api/migrate', 'Content-Length: 0\r\n'))
  expect(JSON.parse(reply.body)).toMatchObject({
    status: 'applied',
    applied: [{ name: '20250101000000_accounts' }],
  })
})
