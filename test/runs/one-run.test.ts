import { eventually } from '../support/processes.js'
import type { Outcome } from '../../src/runs/outcome.js'
import { actor, workshopForEach } from './workshop.js'
import { advisoryLocks, custom, nonTransactional, repeatable, sleep, transactional } from './sources.js'

const workshop = workshopForEach()

/** A mixed set whose first migration takes long enough for every caller to come. */
function mixed(): void {
  const { write } = workshop()
  write('001_a.cjs', transactional('a', 'create table a (id int)', sleep(0.3)))
  write('002_b.cjs', repeatable('b', 'create index concurrently if not exists b on a (id)'))
  write('003_c.cjs', nonTransactional('c'))
  write('004_d.cjs', transactional('d'))
}

const ids = (outcomes: readonly Outcome[]) =>
  new Set(outcomes.map((outcome) => ('runId' in outcome ? outcome.runId : 'failed')))
const statuses = (outcomes: readonly Outcome[]) => new Set(outcomes.map((outcome) => outcome.status))
const own = (outcomes: readonly Outcome[]) => outcomes.filter((one) => 'joined' in one && !one.joined)

async function expectEachOnce(): Promise<void> {
  const { database } = workshop()
  expect(await database.query('select name, count(*)::int as n from tally group by 1 order by 1')).toEqual(
    ['a', 'b', 'c', 'd'].map((name) => ({ name, n: 1 })),
  )
  expect(await database.query('select name from knex_migrations order by id')).toHaveLength(4)
  expect(await database.query('select "index", is_locked from knex_migrations_lock')).toHaveLength(1)
  expect(await database.query('select status from sallyport.runs')).toEqual([{ status: 'applied' }])
}

test.each([2, 10, 50])('%i simultaneous calls of one replica are one run', async (calls) => {
  mixed()
  const engine = workshop().engine()
  const outcomes = await Promise.all(Array.from({ length: calls }, () => engine.migrate({}, actor)))
  expect(statuses(outcomes)).toEqual(new Set(['applied']))
  expect(ids(outcomes).size).toBe(1)
  expect(own(outcomes)).toHaveLength(1)
  await expectEachOnce()
})

test.each([3, 12, 48])(
  '%i simultaneous calls of three replicas on an empty database are one run',
  async (calls) => {
    mixed()
    const first = workshop().engine()
    const engines = [first, workshop().engine(), workshop().engine()]
    const outcomes = await Promise.all(
      Array.from({ length: calls }, (_, index) => (engines[index % 3] ?? first).migrate({}, actor)),
    )
    expect(statuses(outcomes)).toEqual(new Set(['applied']))
    expect(ids(outcomes).size).toBe(1)
    expect(own(outcomes)).toHaveLength(1)
    await expectEachOnce()
  },
)

test('two migrations tables in one database do not exclude each other', async () => {
  const { write, engine, dir, root } = workshop()
  const meet = (name: string) => `for (const end = Date.now() + 10000; ; ) {
      await knex.raw("select pg_advisory_lock_shared(1)")
      const { rows } = await knex.raw("select count(*)::int as n from pg_locks where locktype = 'advisory' and objid = 1 and database = (select oid from pg_database where datname = current_database())")
      if (rows[0].n === 2) return
      if (Date.now() > end) throw new Error('${name} is alone')
    }`
  write('001_a.cjs', custom(meet('a')))
  write('../other/001_b.cjs', custom(meet('b')))
  const outcomes = await Promise.all([
    engine({ dir }).migrate({}, actor),
    engine({ dir: `${root}/other`, migrations: { tableName: 'other_migrations' } }).migrate({}, actor),
  ])
  expect(outcomes).toMatchObject([{ status: 'applied' }, { status: 'applied' }])
})

test('one that waits for another replica’s run holds one connection, and no transaction', async () => {
  const { write, engine, database, session } = workshop()
  const held = await session()
  await held.query('select pg_advisory_lock(77)')
  write(
    '001_a.cjs',
    custom(`await knex.raw('select pg_advisory_lock(77)')`, { transaction: false, repeatable: true }),
  )
  const first = engine().migrate({}, actor)
  await eventually(async () => (await database.query(waitingFor77)).length === 1)
  const waiting: string[] = []
  const second = engine().migrate({}, actor, { onEvent: (event) => void waiting.push(event.type) })
  await eventually(() => waiting.filter((type) => type === 'waiting').length > 3)
  // The run's two connections and the waiter's one; between two looks only the migration itself holds a snapshot.
  const snapshots = async () => {
    const rows = await database.query<{ xmin: string | null }>(sessions)
    expect(rows).toHaveLength(3)
    return rows.filter((row) => row.xmin !== null).length
  }
  await eventually(async () => (await snapshots()) === 1)
  await held.query('select pg_advisory_unlock(77)')
  expect(await Promise.all([first, second])).toMatchObject([
    { status: 'applied', joined: false },
    { status: 'applied', joined: true },
  ])
})

const sessions = `select application_name, backend_xmin::text as xmin from pg_stat_activity
  where datname = current_database() and application_name like 'sallyport%'`
const waitingFor77 = `${advisoryLocks} and objid = 77 and not granted`

test('an index is built concurrently while the run is looked at and waiters poll, without a pause between', async () => {
  const { write, engine } = workshop()
  write('001_a.cjs', transactional('a', 'create table a as select g as id from generate_series(1, 20000) g'))
  for (const name of ['002_b', '003_c', '004_d'])
    write(`${name}.cjs`, repeatable(name, `create index concurrently i${name} on a (id)`))
  const timings = { pollMinMs: 1, pollMaxMs: 2, watchMs: 1, heartbeatMs: 5 }
  const first = engine({ timings })
  const engines = [first, engine({ timings }), engine({ timings }), engine({ timings })]
  const over = new AbortController()
  const looking = (async () => {
    while (!over.signal.aborted) await first.status()
  })()
  const outcomes = await Promise.all(engines.map((one) => one.migrate({}, actor)))
  over.abort()
  await looking
  expect(outcomes.filter((one) => one.status !== 'applied')).toEqual([])
  expect(ids(outcomes).size).toBe(1)
})
