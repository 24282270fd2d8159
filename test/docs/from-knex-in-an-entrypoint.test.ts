import { openReader, tableMigration, type Reader } from './page.js'

let reader: Reader
beforeAll(async () => {
  reader = await openReader('docs/from-knex-in-an-entrypoint.md', 'commonjs')
  reader.host.write('server.js', "console.log('serving')\n")
  reader.host.write('migrations/20250101_accounts.js', tableMigration('commonjs', 'accounts'))
})
afterAll(async () => reader.close())

const recorded = () => reader.database.query('select name from knex_migrations order by id')
const accounts = { name: '20250101_accounts.js' }
const orders = { name: '20250102_orders.js' }
const items = { name: '20250103_items.js' }

test('the entrypoint changes one command; knex goes on before and after it', async () => {
  const [before = '', after = ''] = reader.programs('entrypoint.sh')
  const [install = '', look = '', unlock = '', back = ''] = reader.commands()

  const old = await reader.sh(before)
  expect([old.code, old.stdout()]).toEqual([0, expect.stringContaining('serving')])
  expect(await recorded()).toEqual([accounts])

  reader.host.write('migrations/20250102_orders.js', tableMigration('commonjs', 'orders'))
  expect((await reader.sh(install)).code).toBe(0)
  expect((await reader.sh(look)).stdout()).toContain('Pending: 20250102_orders')
  const replicas = await Promise.all([1, 2, 3].map(() => reader.sh(after)))
  expect(replicas.map(({ code, stdout }) => [code, stdout().includes('serving')])).toEqual(
    Array(3).fill([0, true]),
  )
  expect(await recorded()).toEqual([accounts, orders])

  reader.host.write('migrations/20250103_items.js', tableMigration('commonjs', 'items'))
  await reader.database.query('update knex_migrations_lock set is_locked = 1')
  expect((await reader.sh(after)).code).toBe(4)
  expect((await reader.sh(unlock)).stdout()).toBe('The lock row of knex is free now.\n')
  expect((await reader.sh(after)).code).toBe(0)
  expect(await recorded()).toEqual([accounts, orders, items])

  const returned = await reader.sh(back)
  expect([returned.code, returned.stdout()]).toEqual([0, expect.stringContaining('Already up to date')])
}, 90_000)

test('a roll-back to the previous image starts, where knex crashes', async () => {
  const [before = '', after = ''] = reader.programs('entrypoint.sh')
  reader.host.remove('migrations/20250103_items.js')
  expect((await reader.sh(before)).output()).toContain('corrupt')
  const rolledBack = await reader.sh(after)
  expect([rolledBack.code, rolledBack.stdout()]).toEqual([0, expect.stringContaining('serving')])
}, 60_000)
