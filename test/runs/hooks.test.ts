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
