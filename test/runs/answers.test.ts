import { eventually } from '../support/processes.js'
import { actor, workshopForEach, type Workshop } from './workshop.js'
import { custom, repeatable, transactional } from './sources.js'

const workshop = workshopForEach()

test('pending migrations are applied in order, each once, in one batch', async () => {
  const { write, engine, database } = workshop()
  write('001_a.cjs', transactional('a', 'create table a (id int)'))
  write('002_b.cjs', repeatable('b', 'create index concurrently if not exists b on a (id)'))
  write('003_c.js', transactional('c'))
  const outcome = await engine().migrate({}, actor)
  expect(outcome).toEqual({
    status: 'applied',
    runId: expect.stringMatching(/^[0-9a-f-]{36}$/),
    batch: 1,
    applied: ['001_a', '002_b', '003_c'].map((name) => ({ name, durationMs: expect.any(Number) })),
    durationMs: expect.any(Number),
    joined: false,
    release: '1.0.0',
  })
  expect(await database.query('select name from tally order by at')).toEqual([
    { name: 'a' },
    { name: 'b' },
    { name: 'c' },
  ])
})

test('the plan is what a dry run answers, writes nothing, and refuses as a dry run does', async () => {
  const { write, engine, database } = workshop()
  write('001_a.cjs', transactional('a'))
  write('002_b.cjs', repeatable('b', 'create index concurrently if not exists b on a (id)'))
  const one = engine()
  const plan = await one.plan()
  expect(plan).toEqual({
    status: 'planned',
    pending: [
      { name: '001_a', checksum: expect.stringMatching(/^sha256:[0-9a-f]{64}$/), transaction: true },
      { name: '002_b', checksum: expect.stringMatching(/^sha256:[0-9a-f]{64}$/), transaction: false },
    ],
    release: '1.0.0',
  })
  expect(await one.migrate({ dryRun: true }, actor)).toEqual(plan)
  expect(await database.query("select 1 from pg_namespace where nspname = 'sallyport'")).toEqual([])
  await one.migrate({}, actor)
  write('000_before.cjs', transactional('before'))
  expect(await one.plan()).toMatchObject({ status: 'failed', code: 'drift' })
})

test('with nothing pending a call is no run', async () => {
  const { write, engine, database } = workshop()
  write('001_a.cjs', transactional('a'))
  const one = engine()
  await one.migrate({}, actor)
  const before = await one.runs(10)
  expect(await one.migrate({}, actor)).toEqual({
    status: 'up_to_date',
    runId: null,
    batch: null,
    applied: [],
    durationMs: expect.any(Number),
    joined: false,
    release: '1.0.0',
  })
  expect(await one.runs(10)).toEqual(before)
  expect(await database.query('select count(*)::int as n from sallyport.runs')).toEqual([{ n: 1 }])
})

test('a replica whose database is ahead of its files is up to date, and says what is ahead', async () => {
  const { write, remove, engine } = workshop()
  write('001_a.cjs', transactional('a'))
  write('002_b.cjs', transactional('b'))
  const one = engine()
  await one.migrate({}, actor)
  remove('002_b.cjs')
  expect(await one.migrate({}, actor)).toMatchObject({ status: 'up_to_date', ahead: ['002_b'] })
  expect(await one.migrate({ dryRun: true }, actor)).toMatchObject({ status: 'planned', ahead: ['002_b'] })
  expect(await one.status()).toMatchObject({ head: '001_a', upToDate: true, ahead: ['002_b'], applied: 2 })
  remove('001_a.cjs')
  expect(await one.migrate({}, actor)).toMatchObject({ status: 'up_to_date', ahead: ['001_a', '002_b'] })
})

test('an empty directory of a new project is up to date', async () => {
  const { engine } = workshop()
  const outcome = await engine().migrate({}, actor)
  expect(outcome).toMatchObject({ status: 'up_to_date', applied: [] })
  expect(outcome).not.toHaveProperty('ahead')
})

test('a caller that expects another newest migration is told which one is shipped', async () => {
  const { write, engine, database } = workshop()
  write('001_a.cjs', transactional('a'))
  const one = engine()
  for (const order of [{ expect: '002_b' }, { expect: '001_a.cjs' }, { expect: '002_b', dryRun: true }]) {
    expect(await one.migrate(order, actor)).toMatchObject({
      status: 'failed',
      code: 'unexpected_head',
      fields: { head: '001_a' },
    })
  }
  expect(await database.query(relations)).toEqual([])
  expect(await one.migrate({ expect: '001_a' }, actor)).toMatchObject({ status: 'applied' })
})

test('what a caller expects is checked before the database is asked', async () => {
  const { write, engine } = workshop()
  write('001_a.cjs', transactional('a'))
  const unreachable = engine({ url: 'postgres://nobody@127.0.0.1:1/none' })
  expect(await unreachable.migrate({ expect: '002_b' }, actor)).toMatchObject({ code: 'unexpected_head' })
})

const relations = `select c.relname from pg_class c join pg_namespace n on n.oid = c.relnamespace
  where n.nspname !~ '^(pg_|information_schema)'
  union all select nspname from pg_namespace where nspname !~ '^(pg_|information_schema|public)'`

/** Rows, those of the catalogs too, that were ever written in this database; the server counts a session's when it has ended. */
async function rowsWritten({ database, closeEngines }: Workshop): Promise<number> {
  await closeEngines()
  const others = 'select from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()'
  await eventually(async () => (await database.query(others)).length === 0)
  const [row] = await database.query(
    'select tup_inserted + tup_updated + tup_deleted as rows from pg_stat_database where datname = current_database()',
  )
  return Number(row?.['rows'])
}

test('a dry run, the status, the runs and a refused plan write nothing at all', async () => {
  const { write, engine, database } = workshop()
  write('001_a.cjs', transactional('a'))
  write('002_b.cjs', repeatable('b'))
  const one = engine()
  expect(await one.migrate({ dryRun: true }, actor)).toEqual({
    status: 'planned',
    pending: [
      { name: '001_a', checksum: expect.stringMatching(/^sha256:[0-9a-f]{64}$/), transaction: true },
      { name: '002_b', checksum: expect.stringMatching(/^sha256:/), transaction: false },
    ],
    release: '1.0.0',
  })
  expect(await one.status()).toMatchObject({ upToDate: false, pending: ['001_a', '002_b'], run: null })
  expect(await one.runs(5)).toEqual([])
  expect(await one.run('5a3f0e58-7a8e-4a48-9d1e-000000000000')).toBeUndefined()
  expect(await one.cancel('5a3f0e58-7a8e-4a48-9d1e-000000000000', actor)).toBeUndefined()
  expect(await one.migrate({ expect: 'other' }, actor)).toMatchObject({ status: 'failed' })
  expect(await database.query(relations)).toEqual([])
  expect(await rowsWritten(workshop())).toBe(0)
  await database.query('create table t ()')
  expect(await rowsWritten(workshop())).toBeGreaterThan(0)
})

test('a dry run finds a broken file', async () => {
  const { write, engine, database } = workshop()
  write('001_a.cjs', custom('return ('))
  expect(await engine().migrate({ dryRun: true }, actor)).toMatchObject({
    code: 'files_invalid',
    fields: { migration: '001_a' },
  })
  expect(await database.query(relations)).toEqual([])
})

test('the id of no run is unknown, also when it is no id at all', async () => {
  const { write, engine } = workshop()
  write('001_a.cjs', transactional('a'))
  const one = engine()
  await one.migrate({}, actor)
  for (const id of ['x', '', "'; drop table tally; --", '5a3f0e58-7a8e-4a48-9d1e-000000000000']) {
    expect(await one.run(id)).toBeUndefined()
    expect(await one.cancel(id, actor)).toBeUndefined()
  }
})
