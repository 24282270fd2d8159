import { hasPgBouncer, startPgBouncer, type TestPooler } from '../support/pgbouncer.js'
import { eventually } from '../support/processes.js'
import { actor, workshopForEach } from './workshop.js'
import { nonTransactional, transactional } from './sources.js'

const workshop = workshopForEach()

/** One migration is applied, two of either kind are pending. */
beforeEach(async () => {
  const { write, engine } = workshop()
  write('001_a.cjs', transactional('a'))
  await engine().migrate({}, actor)
  write('002_b.cjs', transactional('b'))
  write('003_c.cjs', nonTransactional('c'))
})

const applied = async () => workshop().database.query('select name from tally order by name')

test.each([
  ['is_locked is boolean', 'alter table knex_migrations_lock alter is_locked type boolean using false'],
  ['is_locked is text', 'alter table knex_migrations_lock alter is_locked type text'],
  ['there is no is_locked', 'alter table knex_migrations_lock drop is_locked'],
  ['it is a view', 'drop table knex_migrations_lock; create view knex_migrations_lock as select 1 as index'],
])('a lock table in which %s is told with what to do, and nothing runs unlocked', async (_, damage) => {
  const { database, engine } = workshop()
  await database.query(damage)
  expect(await engine().migrate({}, actor)).toMatchObject({
    code: 'database_misconfigured',
    detail: expect.stringMatching(
      /not as knex or Sallyport made it \(.+\)\..*may be dropped while nobody migrates/,
    ),
  })
  expect(await applied()).toEqual([{ name: 'a' }])
})

test('a row of the migrations table without a name, and one that is there twice, keep nothing from being applied', async () => {
  const { database, engine } = workshop()
  await database.query(`insert into knex_migrations (name, batch) values (null, 1), ('001_a.cjs', 1)`)
  expect(await engine().status()).toMatchObject({ pending: ['002_b', '003_c'] })
  expect(await engine().migrate({}, actor)).toMatchObject({ status: 'applied', applied: { length: 2 } })
  expect(await engine().migrate({}, actor)).toMatchObject({ status: 'up_to_date' })
})

let pooler: TestPooler | undefined
beforeAll(async () => {
  if (hasPgBouncer()) pooler = await startPgBouncer()
})
afterAll(() => pooler?.close())

test.each(['directly', ...(hasPgBouncer() ? ['through PgBouncer'] : [])])(
  'a session that keeps the migrations table from being read is named, and looks leave no waiting backends behind: %s',
  async (route) => {
    const { database, session, engine } = workshop()
    const url = route === 'directly' ? database.url : pooler?.through(database.url)
    const rebuilding = await session('rebuilding')
    await rebuilding.query('begin; lock table knex_migrations in access exclusive mode')
    const one = engine({ timings: { answerMs: 500 }, ...(url !== undefined && { url }) })
    const named = {
      code: 'blocked',
      detail: expect.stringContaining('(rebuilding)'),
      fields: { blockers: [{ application: 'rebuilding', state: 'idle in transaction' }] },
    }
    for (let look = 0; look < 3; look += 1) expect(await one.status()).toMatchObject(named)
    expect(await one.migrate({}, actor)).toMatchObject(named)
    const waiting = `select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`
    await eventually(async () => (await database.query(waiting)).length === 0)
    await rebuilding.query('rollback')
    expect(await one.migrate({}, actor)).toMatchObject({ status: 'applied' })
  },
)
