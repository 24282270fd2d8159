import { eventually } from '../support/processes.js'
import type { Outcome } from '../../src/runs/outcome.js'
import { actor, workshopForEach } from './workshop.js'
import { advisoryLocks, custom, nonTransactional, repeatable, sleep, transactional } from './sources.js'

const workshop = workshopForEach()

const control = 'sallyport'
const work = 'sallyport run'

/** Ends the sessions of this name, as an administrator or a failing network would. */
const terminate = (application: string) =>
  workshop().database.query(
    `select pg_terminate_backend(pid) from pg_stat_activity
      where datname = current_database() and application_name = $1`,
    [application],
  )

const sleeping = () =>
  eventually(async () => {
    const asleep = `select 1 from pg_stat_activity where datname = current_database() and wait_event = 'PgSleep'`
    return (await workshop().database.query(asleep)).length > 0
  })

/** Whatever happened, the next call completes, each migration is applied and recorded once, and nothing is left. */
async function expectSettled(names: readonly string[]): Promise<void> {
  const { database, engine } = workshop()
  const next = await engine().migrate({}, actor)
  expect(next).toMatchObject({ status: expect.stringMatching(/^(applied|up_to_date)$/) })
  const rows = await database.query('select name, count(*)::int as n from tally group by 1 order by 1')
  expect(rows).toEqual(names.map((name) => ({ name, n: 1 })))
  expect(await database.query('select name from knex_migrations')).toHaveLength(names.length)
  expect(await database.query('select is_locked from knex_migrations_lock')).toEqual([{ is_locked: 0 }])
  expect(await database.query(`select id from sallyport.runs where status = 'running'`)).toEqual([])
  await eventually(async () => (await database.query(advisoryLocks)).length === 0)
}

/** What a caller was told was applied is what is recorded as having been applied by that run. */
async function expectTruth(outcome: Outcome): Promise<void> {
  const told =
    'fields' in outcome ? (outcome.fields.applied ?? []) : 'applied' in outcome ? outcome.applied : []
  const runId = 'fields' in outcome ? outcome.fields.runId : 'runId' in outcome ? outcome.runId : null
  if (runId === null || runId === undefined) return
  const rows = await workshop().database.query(
    'select name from sallyport.migrations where run_id = $1 order by name',
    [runId],
  )
  expect(told.map(({ name }) => ({ name }))).toEqual(rows)
}

test.each([
  ['the lock’s connection', control],
  ['the migration’s connection', work],
])('a transactional segment that loses %s is rolled back, and its caller is told', async (_, application) => {
  const { write, engine } = workshop()
  write('001_a.cjs', repeatable('a'))
  write('002_b.cjs', transactional('b', sleep(0.7)))
  const outcome = engine().migrate({}, actor)
  await sleeping()
  await terminate(application)
  const told = await outcome
  expect(told).toMatchObject({
    status: 'failed',
    code: 'database_unavailable',
    fields: { applied: [{ name: '001_a' }], rolledBack: ['002_b'] },
  })
  await expectTruth(told)
  await expectSettled(['a', 'b'])
})

test.each([
  ['the lock’s connection', control],
  ['the migration’s connection', work],
])(
  'a repeatable migration outside a transaction that loses %s is run again by the next call',
  async (_, application) => {
    const { write, engine } = workshop()
    write('001_a.cjs', repeatable('a', sleep(0.7)))
    const outcome = engine().migrate({}, actor)
    await sleeping()
    await terminate(application)
    expect(await outcome).toMatchObject({ code: 'database_unavailable', fields: { applied: [] } })
    await expectSettled(['a'])
  },
)

test.each([
  ['the lock’s connection', control],
  ['the migration’s connection', work],
])('one that is not repeatable and loses %s is asked about', async (_, application) => {
  const { write, engine, database } = workshop()
  write('001_a.cjs', nonTransactional('a', sleep(0.7)))
  const outcome = engine().migrate({}, actor)
  await sleeping()
  await terminate(application)
  expect(await outcome).toMatchObject({ status: 'failed' })
  expect(await engine().migrate({}, actor)).toMatchObject({
    code: 'unresolved',
    fields: { unresolved: ['001_a'] },
  })
  expect(await database.query('select is_locked from knex_migrations_lock')).toEqual([{ is_locked: 0 }])
  const resolve = { name: '001_a', as: 'pending', reason: 'it slept' } as const
  expect(await engine().migrate({ resolve }, actor)).toMatchObject({ status: 'applied' })
  await expectSettled(['a'])
})

test('a connection that ends between two calls is opened again', async () => {
  const { write, engine } = workshop()
  write('001_a.cjs', transactional('a'))
  const one = engine()
  await one.migrate({}, actor)
  await terminate(control)
  await eventually(async () => {
    const status = await one.status()
    return 'upToDate' in status && status.upToDate
  })
})

test('a call that joined a run whose process lost the database carries on with a run of its own', async () => {
  const { write, engine } = workshop()
  write('001_a.cjs', transactional('a', sleep(0.5)))
  const first = engine().migrate({}, actor)
  await sleeping()
  await terminate(work)
  const second = engine().migrate({}, actor)
  await expectTruth(await first)
  expect(['applied', 'failed']).toContain((await second).status)
  await expectSettled(['a'])
})

test('a run that is marked running and has no process reads as interrupted', async () => {
  const { write, engine, database } = workshop()
  write('001_a.cjs', transactional('a'))
  const one = engine()
  await one.migrate({}, actor)
  const id = '5a3f0e58-7a8e-4a48-9d1e-0123456789ab'
  await database.query(`insert into sallyport.runs (id, scope, status, release, actor, plan, batch, lock_pid)
    values ('${id}', 'public.knex_migrations', 'running', '1', '{}', '[{"name":"x"}]', 9, 1)`)
  expect(await one.run(id)).toMatchObject({ status: 'interrupted', failure: { code: 'interrupted' } })
  expect(await one.status()).toMatchObject({ run: null })
  expect(await one.cancel(id, actor)).toMatchObject({ status: 'interrupted' })
  write('002_b.cjs', transactional('b'))
  expect(await one.migrate({}, actor)).toMatchObject({ status: 'applied' })
  expect(
    await database.query(
      `select status, ended_at is not null as ended from sallyport.runs where id = '${id}'`,
    ),
  ).toEqual([{ status: 'interrupted', ended: true }])
})

test('a run that loses the lock’s connection when all of it is committed is closed, though no other run follows', async () => {
  const { write, engine, database, session } = workshop()
  write('001_a.cjs', transactional('a', sleep(0.5)))
  const outcome = engine().migrate({}, actor)
  await sleeping()
  const other = await session()
  await other.query('begin; lock table sallyport.runs in exclusive mode')
  await eventually(async () => (await database.query('select 1 from knex_migrations')).length === 1)
  await terminate(control)
  await other.query('commit')
  expect(await outcome).toMatchObject({ status: 'applied', applied: [{ name: '001_a' }], joined: false })
  expect(await database.query('select status from sallyport.runs')).toEqual([{ status: 'applied' }])
})

test('connections ended at random instants never make a migration run twice or stay unrecorded', async () => {
  const { write, engine, database } = workshop()
  await database.query('create table tally (name text primary key, at timestamptz default clock_timestamp())')
  const names = ['a', 'b', 'c', 'd', 'e']
  const again = (name: string) =>
    custom(`await knex.raw("insert into tally (name) values ('${name}') on conflict do nothing")`, {
      transaction: false,
      repeatable: true,
    })
  for (const [index, name] of names.entries()) {
    write(`00${index}_${name}.cjs`, index % 2 === 0 ? transactional(name, sleep(0.02)) : again(name))
  }
  for (let round = 0; round < 12; round += 1) {
    const outcome = engine().migrate({}, actor)
    await new Promise((resolve) => setTimeout(resolve, Math.random() * 250)) // the instant is what is tried
    await terminate(round % 2 === 0 ? control : work)
    const told = await outcome
    expect(told.status === 'failed' ? `${told.code}: ${told.detail}` : 'done').toMatch(
      /^(done|database_unavailable|journal_unavailable)(:|$)/,
    )
    await expectTruth(told)
  }
  await expectSettled(names)
})
