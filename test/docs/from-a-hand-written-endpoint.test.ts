import { secret } from '../support/server.js'
import { freePort, openReader, tableMigration, type Reader } from './page.js'

let reader: Reader
let port: string
beforeAll(async () => {
  reader = await openReader('docs/from-a-hand-written-endpoint.md', 'commonjs')
  port = await freePort()
  reader.host.write('migrations/20250101_accounts.js', tableMigration('commonjs', 'accounts'))
})
afterAll(async () => reader.close())

const session = 'the-session-secret-0123456789abcdef0123456789'
const environment = () => ({
  ...reader.env,
  PORT: port,
  NEXTAUTH_SECRET: session,
  MIGRATION_SECRET: secret,
  MIGRATION_ALLOWED_IPS: '127.0.0.1',
  BASE_URL: `http://127.0.0.1:${port}`,
})

async function serving(program: string, work: () => Promise<void>): Promise<void> {
  reader.host.write('server.js', program)
  const server = reader.host.node(['server.js'], environment())
  await server.printed(/listening/)
  await work()
  server.kill('SIGTERM')
  await server.exit
}

test('the route is replaced, its callers get the same members, and the migrations go on', async () => {
  const [before = '', after = ''] = reader.programs('server.js')
  const [install = '', look = '', call = ''] = reader.commands()

  await serving(before, async () => {
    const old = await reader.sh(call, { ...environment(), MIGRATION_SECRET: session })
    expect([old.code, JSON.parse(old.stdout())]).toEqual([
      0,
      { success: true, message: 'Migrations applied' },
    ])
  })

  reader.host.write('migrations/20250102_orders.js', tableMigration('commonjs', 'orders'))
  expect(await reader.sh(install)).toMatchObject({ code: 0 })
  expect(reader.host.read('.env.local')).toMatch(/^MIGRATION_SECRET=[0-9a-f]{64}$/m)
  const seen = await reader.sh(look)
  expect([seen.code, seen.stdout()]).toEqual([0, expect.stringContaining('Pending: 20250102_orders')])

  await serving(after, async () => {
    const refused = await reader.sh(call, { ...environment(), MIGRATION_SECRET: session })
    expect(refused.code).toBe(22)
    expect(JSON.parse(refused.stdout())).toMatchObject({ success: false, error: 'Unauthorized' })
    const now = await reader.sh(call, environment())
    expect(JSON.parse(now.stdout())).toMatchObject({
      success: true,
      message: 'Migrations applied',
      status: 'applied',
      applied: [{ name: '20250102_orders' }],
    })
  })
  expect(await reader.database.query('select name, batch from knex_migrations order by id')).toEqual([
    { name: '20250101_accounts.js', batch: 1 },
    { name: '20250102_orders.js', batch: 2 },
  ])
}, 60_000)

test('the program of the page does not start with the session secret as its token', async () => {
  const [, after = ''] = reader.programs('server.js')
  reader.host.write('server.js', after)
  const server = reader.host.node(['server.js'], { ...environment(), MIGRATION_SECRET: session })
  expect((await server.exit).code).toBe(78)
  expect(server.output()).not.toContain(session)
})
