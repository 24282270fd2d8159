import { actor, workshopForEach } from './workshop.js'
import { custom, nonTransactional, repeatable, transactional } from './sources.js'

const workshop = workshopForEach()

const migrate = (order = {}) => workshop().engine().migrate(order, actor)
const applied = async () =>
  (await workshop().database.query('select name from knex_migrations order by id')).map((row) => row['name'])

/** Fails as long as this table is not there; where it is, nobody can see that from outside. */
const needsTable = `insert into needed default values`

beforeEach(() => {
  workshop().write(
    '001_a.cjs',
    transactional('a', 'create table a (id int)', 'insert into a values (1), (1)'),
  )
})

test('a repeatable migration that failed is simply run again', async () => {
  workshop().write('002_b.cjs', repeatable('b', needsTable))
  expect(await migrate()).toMatchObject({
    code: 'migration_failed',
    fields: { migration: '002_b', sqlState: '42P01', applied: [{ name: '001_a' }], rolledBack: [] },
  })
  await workshop().database.query('create table needed ()')
  expect(await migrate()).toMatchObject({ status: 'applied', applied: [{ name: '002_b' }] })
  expect(await workshop().database.query('select is_locked from knex_migrations_lock')).toEqual([
    { is_locked: 0 },
  ])
})

test('an INVALID index that a failed build left is dropped before the next, and nobody else’s is', async () => {
  const { write, database } = workshop()
  await migrate()
  await database.query('create table theirs as select 1 as id union all select 1')
  await database.query('create unique index concurrently theirs_i on theirs (id)').catch(() => undefined)
  write('002_b.cjs', repeatable('b', 'create unique index concurrently if not exists a_i on a (id)'))
  expect(await migrate()).toMatchObject({ code: 'migration_failed', fields: { sqlState: '23505' } })
  const invalid = `select indexrelid::regclass::text as name from pg_index where not indisvalid order by 1`
  expect(await database.query(invalid)).toEqual([{ name: 'a_i' }, { name: 'theirs_i' }])
  await database.query('delete from a where ctid = (select min(ctid) from a)')
  expect(await migrate()).toMatchObject({ status: 'applied', applied: [{ name: '002_b' }] })
  expect(await database.query(invalid)).toEqual([{ name: 'theirs_i' }])
  expect(await database.query(`select indisvalid from pg_index where indexrelid = 'a_i'::regclass`)).toEqual([
    { indisvalid: true },
  ])
})

describe('a migration that failed outside a transaction and is not repeatable', () => {
  beforeEach(async () => {
    workshop().write('002_b.cjs', nonTransactional('b', needsTable))
    workshop().write('003_c.cjs', transactional('c'))
    await migrate()
  })

  test('is asked about, again and again, and nothing is applied meanwhile', async () => {
    for (let call = 0; call < 2; call += 1) {
      expect(await migrate()).toMatchObject({
        status: 'failed',
        code: 'unresolved',
        fields: { unresolved: ['002_b'], migration: '002_b', remedy: expect.stringContaining('002_b') },
      })
    }
    expect(await applied()).toEqual(['001_a.cjs'])
    expect(await workshop().engine().status()).toMatchObject({ unresolved: ['002_b'] })
  })

  test('is said to stay as far as it came, and a dry run tells of the question, too', async () => {
    const { database, engine } = workshop()
    const detail = expect.stringMatching(/outside a transaction.* stays.* the next call asks/)
    expect(await engine().runs(1)).toMatchObject([{ failure: { code: 'migration_failed', detail } }])
    expect(await migrate({ dryRun: true })).toMatchObject({ code: 'unresolved' })
    const resolve = { name: '002_b', as: 'pending', reason: 'looked' }
    expect(await migrate({ dryRun: true, resolve })).toMatchObject({ status: 'planned' })
    expect(await database.query('select name from knex_migrations')).toEqual([{ name: '001_a.cjs' }])
  })

  test('is recorded and not run when a person says that it was applied', async () => {
    const resolve = { name: '002_b', as: 'applied', reason: 'looked' }
    expect(await migrate({ resolve })).toMatchObject({ status: 'applied', applied: [{ name: '003_c' }] })
    expect(await applied()).toEqual(['001_a.cjs', '002_b.cjs', '003_c.cjs'])
    expect(await workshop().database.query('select name from tally order by at')).toEqual([
      { name: 'a' },
      { name: 'c' },
    ])
    expect(await workshop().database.query('select state, reason, actor from sallyport.steps')).toEqual([
      { state: 'resolved', reason: 'looked', actor },
    ])
    expect(await workshop().engine().status()).toMatchObject({
      pending: [],
      outside: [],
      drift: [],
      unresolved: [],
    })
    expect(await workshop().knex().migrate.latest()).toEqual([expect.any(Number), []])
  })

  test('is run again when a person says that it is pending', async () => {
    await workshop().database.query('create table needed ()')
    const resolve = { name: '002_b', as: 'pending', reason: 'nothing of it is there' }
    expect(await migrate({ resolve })).toMatchObject({ applied: [{ name: '002_b' }, { name: '003_c' }] })
    expect(await migrate()).toMatchObject({ status: 'up_to_date' })
  })

  test('is asked about anew when it fails again', async () => {
    const resolve = { name: '002_b', as: 'pending', reason: 'try' }
    expect(await migrate({ resolve })).toMatchObject({ code: 'migration_failed' })
    expect(await migrate()).toMatchObject({ code: 'unresolved' })
  })

  test('is no longer asked about once the knex CLI has recorded it', async () => {
    await workshop().database.query('create table needed ()')
    await workshop().knex().migrate.latest()
    expect(await migrate()).toMatchObject({ status: 'up_to_date' })
  })
})

test.each(['002_b', '001_a', 'nothing'])('there is nothing to resolve about %s', async (name) => {
  workshop().write('002_b.cjs', repeatable('b', needsTable))
  await migrate()
  expect(await workshop().engine().status()).toMatchObject({ unresolved: [] })
  expect(await migrate({ resolve: { name, as: 'pending', reason: 'mistaken' } })).toMatchObject({
    code: 'unresolved',
    detail: expect.stringContaining('no open question'),
  })
  expect(await applied()).toEqual(['001_a.cjs'])
})

test('a decision that was taken already may be repeated', async () => {
  workshop().write('002_b.cjs', custom('throw new Error("half way")', { transaction: false }))
  await migrate()
  const resolve = { name: '002_b', as: 'applied', reason: 'looked' }
  expect(await migrate({ resolve })).toMatchObject({ status: 'up_to_date' })
  expect(await migrate({ resolve })).toMatchObject({ status: 'up_to_date' })
  expect(await applied()).toEqual(['001_a.cjs', '002_b.cjs'])
})

test('an answer to a question that is not open creates nothing', async () => {
  const relations = () => workshop().database.query('select count(*) from pg_class')
  const before = await relations()
  expect(await migrate({ resolve: { name: '001_a', as: 'pending', reason: 'a slip' } })).toMatchObject({
    code: 'unresolved',
    detail: expect.stringContaining('no open question'),
  })
  expect(await relations()).toEqual(before)
})

test('an open question about what this replica does not ship keeps it from nothing, and a dry run says so, too', async () => {
  const { write, remove } = workshop()
  write('002_b.cjs', nonTransactional('b', needsTable))
  expect(await migrate()).toMatchObject({ code: 'migration_failed' })
  expect(await migrate({ dryRun: true })).toMatchObject({ code: 'unresolved' })
  remove('002_b.cjs')
  expect(await migrate()).toMatchObject({ status: 'up_to_date' })
  expect(await migrate({ dryRun: true })).toMatchObject({ status: 'planned', pending: [] })
  write('003_c.cjs', transactional('c'))
  expect(await migrate({ dryRun: true })).toMatchObject({ code: 'unresolved' })
  expect(await migrate()).toMatchObject({ code: 'unresolved' })
})
