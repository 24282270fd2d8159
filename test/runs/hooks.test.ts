import { actor, workshopForEach } from './workshop.js'
import { repeatable, transactional } from './sources.js'

const workshop = workshopForEach()

test('hooks see a run as one batch: before and after it once, around each migration once', async () => {
  const shop = workshop()
  const calls: string[] = []
  const note = (hook: string) => async (knex: unknown, infos: unknown[]) => {
    const files = infos.map((info) => (info as { file: string }).file)
    const { rows } = await (knex as { raw(sql: string): Promise<{ rows: { n: number }[] }> }).raw(
      'select 1 as n',
    )
    calls.push(`${hook} ${files.join(' ')} ${rows[0]?.n}`)
  }
  const hooks = {
    beforeAll: note('beforeAll'),
    afterAll: note('afterAll'),
    beforeEach: note('beforeEach'),
    afterEach: note('afterEach'),
  }
  shop.write('001_a.cjs', transactional('a'))
  shop.write('002_b.cjs', repeatable('b'))
  shop.write('003_c.cjs', transactional('c'))
  await shop.engine({ migrations: hooks as object }).migrate({}, actor)
  expect(calls).toEqual([
    'beforeAll 001_a.cjs 002_b.cjs 003_c.cjs 1',
    'beforeEach 001_a.cjs 1',
    'afterEach 001_a.cjs 1',
    'beforeEach 002_b.cjs 1',
    'afterEach 002_b.cjs 1',
    'beforeEach 003_c.cjs 1',
    'afterEach 003_c.cjs 1',
    'afterAll 001_a.cjs 002_b.cjs 003_c.cjs 1',
  ])
})

test('a hook that fails rolls its segment back', async () => {
  const shop = workshop()
  shop.write('001_a.cjs', transactional('a'))
  const afterEach = async () => Promise.reject(new Error('the hook says no'))
  expect(await shop.engine({ migrations: { afterEach } as object }).migrate({}, actor)).toMatchObject({
    code: 'migration_failed',
    fields: { message: 'the hook says no', rolledBack: ['001_a'] },
  })
  expect(await shop.database.query('select name from knex_migrations')).toEqual([])
})

const hooks: readonly [string, string][] = [
  ['beforeAll', '001_a'],
  ['beforeEach', '001_a'],
  ['afterEach', '001_a'],
  ['afterAll', '002_b'],
]

test.each(hooks)(
  'a %s hook that fails is named, and the migration at which it failed',
  async (name, migration) => {
    const shop = workshop()
    for (const file of ['001_a', '002_b']) shop.write(`${file}.cjs`, transactional(file))
    const hook = async () => Promise.reject(new Error('the hook says no'))
    const outcome = await shop.engine({ migrations: { [name]: hook } }).migrate({}, actor)
    expect(outcome).toMatchObject({
      code: 'migration_failed',
      detail: expect.stringMatching(
        new RegExp(
          `^The knexfile’s ${name} hook, at ${migration}, failed: the hook says no\\. .* Mend the hook, `,
        ),
      ),
      fields: { migration, message: 'the hook says no', applied: [] },
    })
    expect(await shop.database.query('select name from knex_migrations')).toEqual([])
  },
)

test('outside a transaction a hook that fails is named, too', async () => {
  const shop = workshop()
  shop.write('001_a.cjs', repeatable('a'))
  const afterAll = async () => Promise.reject(new Error('the hook says no'))
  expect(await shop.engine({ migrations: { afterAll } as object }).migrate({}, actor)).toMatchObject({
    code: 'migration_failed',
    detail: expect.stringContaining('The knexfile’s afterAll hook, at 001_a, failed: the hook says no.'),
  })
})

const swallowed = `exports.up = (knex) => knex.raw('select * from nowhere').catch(() => {})`
const failing: readonly [string, string][] = [
  ['fails after a hook that was called', `exports.up = (knex) => knex.raw('select * from nowhere')`],
  ['swallows an error that a hook meets', swallowed],
]

test.each(failing)('a migration that %s is told as itself', async (_, source) => {
  const shop = workshop()
  const ask = async (knex: { raw(sql: string): Promise<unknown> }) => {
    await knex.raw('select 1')
  }
  shop.write('001_a.cjs', source)
  const engine = shop.engine({ migrations: { beforeEach: ask, afterEach: ask } as object })
  expect(await engine.migrate({}, actor)).toMatchObject({
    code: 'migration_failed',
    detail: expect.stringMatching(/^001_a failed: relation "nowhere"/),
  })
})
