import { eventually } from '../support/processes.js'
import type { RunEvent } from '../../src/runs/engine.js'
import { actor, workshopForEach } from './workshop.js'
import { custom, nonTransactional, repeatable, transactional } from './sources.js'

const workshop = workshopForEach()

const lockRow = 'select is_locked from knex_migrations_lock'
const free = [{ is_locked: 0 }]

/** The first migration is applied; one more is pending. */
beforeEach(async () => {
  workshop().write('001_a.cjs', transactional('a'))
  await workshop().engine().migrate({}, actor)
  workshop().write('002_b.cjs', transactional('b'))
})

test('a lock row that somebody else holds is left alone, and told with the remedy', async () => {
  const { database, engine, knex } = workshop()
  await database.query('update knex_migrations_lock set is_locked = 1')
  expect(await engine().migrate({}, actor)).toMatchObject({
    status: 'failed',
    code: 'knex_locked',
    detail: expect.stringContaining('unlock'),
    fields: { remedy: expect.stringContaining('unlock') },
  })
  expect(await database.query(lockRow)).toEqual([{ is_locked: 1 }])
  await knex().migrate.forceFreeMigrationsLock()
  expect(await engine().migrate({}, actor)).toMatchObject({ status: 'applied' })
})

test('a lock row that a dead run of ours took is freed', async () => {
  const { database, engine } = workshop()
  await database.query(`with locked as (update knex_migrations_lock set is_locked = 1 returning xmin::text as xmin)
    insert into sallyport.runs (id, scope, status, release, actor, plan, batch, lock_pid, knex_lock_xmin)
    select gen_random_uuid(), 'public.knex_migrations', 'running', '1', '{}', '[]', 9, 1, xmin from locked`)
  await database.query(`update sallyport.runs set knex_lock_xmin = (select xmin::text from knex_migrations_lock)
    where status = 'running'`)
  expect(await engine().migrate({}, actor)).toMatchObject({ status: 'applied' })
  expect(await database.query(lockRow)).toEqual(free)
})

test('a lock row that was ours and that a CLI has taken since is not freed', async () => {
  const { database, engine } = workshop()
  await database.query(`insert into sallyport.runs (id, scope, status, release, actor, plan, batch, lock_pid, knex_lock_xmin)
    select gen_random_uuid(), 'public.knex_migrations', 'running', '1', '{}', '[]', 9, 1, xmin::text from knex_migrations_lock`)
  await database.query('update knex_migrations_lock set is_locked = 1')
  expect(await engine().migrate({}, actor)).toMatchObject({ code: 'knex_locked' })
  expect(await database.query(lockRow)).toEqual([{ is_locked: 1 }])
})

test.each([
  ['no row', 'delete from knex_migrations_lock'],
  ['two rows', 'insert into knex_migrations_lock (is_locked) values (0)'],
  ['a null', 'update knex_migrations_lock set is_locked = null'],
])('%s in the lock table is mended', async (_, damage) => {
  const { database, engine, knex } = workshop()
  await database.query(damage)
  expect(await engine().migrate({}, actor)).toMatchObject({ status: 'applied' })
  expect(await database.query(lockRow)).toEqual(free)
  expect(await knex().migrate.latest()).toEqual([expect.any(Number), []])
})

test('a lock table that is missing is made again', async () => {
  const { database, engine } = workshop()
  await database.query('drop table knex_migrations_lock')
  expect(await engine().migrate({}, actor)).toMatchObject({ status: 'applied' })
  expect(await database.query(lockRow)).toEqual(free)
})

test('a CLI that takes the lock row between two segments is seen, and not robbed of it', async () => {
  const { write, database, engine } = workshop()
  write('003_c.cjs', nonTransactional('c'))
  const events: string[] = []
  const outcome = await engine({ migrations: { afterEach: lockAfter('002_b.cjs') } as object }).migrate(
    {},
    actor,
    {
      onEvent: (event) => void events.push(event.type),
    },
  )
  expect(outcome).toMatchObject({ code: 'knex_locked', fields: { applied: [{ name: '002_b' }] } })
  expect(await database.query(lockRow)).toEqual([{ is_locked: 1 }])
  expect(await database.query('select count(*)::int as n from sallyport.steps')).toEqual([{ n: 0 }])

  /** Queues behind the segment's own lock of the row, so that it takes it as soon as that has committed. */
  function lockAfter(file: string) {
    return async (_: unknown, infos: { file: string }[]): Promise<void> => {
      if (infos[0]?.file !== file) return
      void database.query('update knex_migrations_lock set is_locked = 1').catch(() => undefined)
      const queued = `select 1 from pg_stat_activity
        where datname = current_database() and wait_event in ('transactionid', 'tuple')`
      await eventually(async () => (await database.query(queued)).length > 0)
    }
  }
})

test('what a CLI applied while the segment waited for it is not applied again', async () => {
  const { write, database, engine, knex } = workshop()
  write('002_b.cjs', transactional('b', 'select pg_sleep(0.6)'))
  const cli = knex().migrate.latest()
  const sleeping = `select 1 from pg_stat_activity where datname = current_database() and wait_event = 'PgSleep'`
  await eventually(async () => (await database.query(sleeping)).length > 0)
  const outcome = await engine({ lockTimeoutMs: 5_000 }).migrate({}, actor)
  await cli
  expect(outcome).toMatchObject({ applied: [] })
  expect(await database.query(`select count(*)::int as n from tally where name = 'b'`)).toEqual([{ n: 1 }])
  expect(await database.query(`select name, batch from knex_migrations where name like '002%'`)).toEqual([
    { name: '002_b.cjs', batch: 2 },
  ])
  expect(await engine().status()).toMatchObject({ outside: ['002_b'] })
})

describe('before a migration outside a transaction', () => {
  /** A CLI that has taken the lock row in its transaction, and goes on. */
  async function midway() {
    workshop().write('002_b.cjs', nonTransactional('b'))
    const cli = await workshop().session('knex CLI')
    await cli.query('begin; update knex_migrations_lock set is_locked = 1')
    return cli
  }

  test('a CLI in the midst of its transaction is waited for, and what it applied is not applied again', async () => {
    const { database, engine } = workshop()
    const cli = await midway()
    const events: RunEvent[] = []
    const outcome = engine().migrate({}, actor, { onEvent: (event) => void events.push(event) })
    const named = () =>
      events.find((event) => event.type === 'waiting' && event.blockers?.[0]?.application === 'knex CLI')
    await eventually(() => named() !== undefined)
    await cli.query(`insert into knex_migrations (name, batch, migration_time) values ('002_b.js', 2, now());
      update knex_migrations_lock set is_locked = 0; commit`)
    expect(await outcome).toMatchObject({ status: 'applied', applied: [] })
    expect(await database.query(`select 1 from tally where name = 'b'`)).toEqual([])
    expect(await database.query(`select name from knex_migrations where name like '002%'`)).toHaveLength(1)
    expect(await database.query(lockRow)).toEqual(free)
    expect(await engine().status()).toMatchObject({ upToDate: true, unresolved: [], outside: ['002_b'] })
  })

  test('a CLI that outlasts the budget is named, and nothing was begun', async () => {
    const { database, engine } = workshop()
    const cli = await midway()
    expect(await engine({ budgetMs: 1_000 }).migrate({}, actor)).toMatchObject({
      code: 'blocked',
      fields: { applied: [], blockers: [{ application: 'knex CLI' }] },
    })
    expect(await database.query('select 1 from sallyport.steps')).toEqual([])
    await cli.query('rollback')
    expect(await engine().migrate({}, actor)).toMatchObject({ applied: [{ name: '002_b' }] })
  })
})

test('while a migration runs outside a transaction the knex CLI keeps out', async () => {
  const { write, engine, knex, dir } = workshop()
  const config = JSON.stringify({
    client: 'pg',
    connection: workshop().database.url,
    migrations: { directory: dir },
  })
  write(
    '003_c.cjs',
    custom(
      `const other = require(${JSON.stringify(require.resolve('knex'))})({ ...${config}, log: { warn() {} } })
    try { await other.migrate.latest(); throw new Error('the CLI came in') }
    catch (error) { if (error.name !== 'MigrationLocked') throw error }
    finally { await other.destroy() }`,
      { transaction: false },
    ),
  )
  write('004_d.cjs', repeatable('d'))
  expect(await engine().migrate({}, actor)).toMatchObject({ status: 'applied', applied: { length: 3 } })
  expect(await knex().migrate.latest()).toEqual([expect.any(Number), []])
})
