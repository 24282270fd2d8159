import { eventually } from '../support/processes.js'
import type { RunEvent } from '../../src/runs/engine.js'
import type { Failed } from '../../src/runs/outcome.js'
import { actor, workshopForEach } from './workshop.js'
import { repeatable, transactional } from './sources.js'

const workshop = workshopForEach()

const altering = `alter table busy add column b int`

/** Another application's transaction that has read the table, and sits there. */
async function blockedTable() {
  const { database, session } = workshop()
  await database.query('create table busy (id int)')
  const blocker = await session('nightly report')
  await blocker.query('begin')
  await blocker.query(`select 'secret', 4711, * from busy`)
  return blocker
}

test('who blocks is named within the budget, with its statement masked, and nothing was applied', async () => {
  const { write, engine, database } = workshop()
  const blocker = await blockedTable()
  write('001_a.cjs', transactional('a', altering))
  const [{ pid }] = (await blocker.query<{ pid: number }>('select pg_backend_pid() as pid')).rows as [
    { pid: number },
  ]
  await blocker.query(`select 'secret', 4711, * from busy`)
  const startedAt = performance.now()
  const outcome = await engine({ budgetMs: 1_000, lockTimeoutMs: 200 }).migrate({}, actor)
  expect(performance.now() - startedAt).toBeLessThan(5_000)
  expect(outcome).toMatchObject({
    status: 'failed',
    code: 'blocked',
    detail: expect.stringContaining(`pid ${pid} (nightly report)`),
    fields: {
      migration: '001_a',
      applied: [],
      blockers: [
        {
          pid,
          user: expect.any(String),
          application: 'nightly report',
          state: 'idle in transaction',
          since: expect.stringMatching(/^\d{4}-\d\d-\d\dT/),
          query: 'select ?, ?, * from busy',
        },
      ],
    },
  })
  expect(await database.query('select name from knex_migrations')).toEqual([])
})

// A server of `TEST_DATABASE_URL` may take none; then the last lines of the run say so.
if (process.env.SALLYPORT_TEST_PREPARED !== '0') {
  test.each([
    ['a transaction', transactional('a', altering)],
    ['an index build', repeatable('a', 'create index concurrently busy_i on busy (id)')],
  ])('a prepared transaction that holds the table of %s is named within the budget', async (_, source) => {
    const { write, engine, database, session } = workshop()
    await database.query('create table busy (id int)')
    const gid = `order 4711's ${database.name}`
    const name = gid.replaceAll("'", "''")
    const other = await session()
    await other.query(`begin; insert into busy values (1); prepare transaction '${name}'`)
    await other.query(`begin; create table innocent (); prepare transaction 'innocent ${database.name}'`)
    write('001_a.cjs', source)
    const startedAt = performance.now()
    const outcome = await engine({ budgetMs: 1_000, lockTimeoutMs: 300 }).migrate({}, actor)
    expect(performance.now() - startedAt).toBeLessThan(10_000)
    const query = `PREPARE TRANSACTION '${name}'`
    await other.query(`rollback prepared 'innocent ${database.name}'`)
    await other.query(`rollback prepared '${name}'`)
    expect(outcome).toMatchObject({
      code: 'blocked',
      detail: expect.stringMatching(
        /the prepared transaction 'order 4711''s .* \(COMMIT PREPARED or ROLLBACK PREPARED/,
      ),
      fields: { blockers: [{ pid: 0, state: 'prepared transaction', since: expect.any(String), query }] },
    })
    expect((outcome as Failed).fields.blockers).toHaveLength(1)
    expect(await engine().migrate({}, actor)).toMatchObject({ status: 'applied' })
  })
}

test('a blocker is told while it blocks, and once it is gone the migration goes on', async () => {
  const { write, engine } = workshop()
  const blocker = await blockedTable()
  write('001_a.cjs', transactional('a', altering))
  const events: RunEvent[] = []
  const outcome = engine().migrate({}, actor, { onEvent: (event) => void events.push(event) })
  const named = () =>
    events.find(
      (event) => event.type === 'waiting' && event.for === 'blockers' && event.blockers?.length === 1,
    )
  await eventually(() => named() !== undefined)
  await blocker.query('rollback')
  expect(await outcome).toMatchObject({ status: 'applied' })
})

test('readers of a table that is blocked are never queued longer than one lock timeout', async () => {
  const { write, engine, session } = workshop()
  await blockedTable()
  write('001_a.cjs', transactional('a', altering))
  const reader = await session('reader')
  const outcome = engine({ budgetMs: 2_500, lockTimeoutMs: 150 }).migrate({}, actor)
  let over = false
  void outcome.then(() => (over = true))
  const waits: number[] = []
  await eventually(async () => {
    const startedAt = performance.now()
    await reader.query('select count(*) from busy')
    waits.push(performance.now() - startedAt)
    return over
  })
  expect(await outcome).toMatchObject({ code: 'blocked' })
  expect(Math.max(...waits)).toBeLessThan(1_000)
  const queued = waits.filter((ms) => ms > 60).length
  expect(queued).toBeLessThanOrEqual(waits.length / 3)
})

test('a lock timeout is not set on a build outside a transaction, which it would leave INVALID', async () => {
  const { write, engine, database } = workshop()
  const blocker = await blockedTable()
  await blocker.query('insert into busy values (1)')
  write('001_a.cjs', repeatable('a', 'create index concurrently busy_i on busy (id)'))
  const events: RunEvent[] = []
  const one = engine({ lockTimeoutMs: 50, statementTimeoutMs: 50 })
  const outcome = one.migrate({}, actor, { onEvent: (event) => void events.push(event) })
  await eventually(() =>
    events.some((event) => event.type === 'waiting' && event.for === 'blockers' && event.elapsedMs > 300),
  )
  await blocker.query('commit')
  expect(await outcome).toMatchObject({ status: 'applied' })
  expect(
    await database.query(`select indisvalid from pg_index where indexrelid = 'busy_i'::regclass`),
  ).toEqual([{ indisvalid: true }])
})

test('a build that waits longer than the budget is given up, and is completed by a later call', async () => {
  const { write, engine, database } = workshop()
  const blocker = await blockedTable()
  await blocker.query('insert into busy values (1)')
  write('001_a.cjs', repeatable('a', 'create index concurrently if not exists busy_i on busy (id)'))
  expect(await engine({ budgetMs: 300 }).migrate({}, actor)).toMatchObject({
    code: 'blocked',
    fields: { blockers: [{ application: 'nightly report' }] },
  })
  await blocker.query('commit')
  expect(await engine().migrate({}, actor)).toMatchObject({ status: 'applied' })
  expect(await database.query('select 1 from pg_index where not indisvalid')).toEqual([])
})

test('a role that may not see the blocker’s statement is told it is hidden', async () => {
  const { write, engine, database, role } = workshop()
  const { name, url } = await role()
  await database.query(`grant create on database ${database.name} to ${name}`)
  await database.query(`grant create, usage on schema public to ${name}`)
  await blockedTable()
  await database.query(`grant all on all tables in schema public to ${name}`)
  write('001_a.cjs', transactional('a', 'lock table busy in access exclusive mode'))
  expect(await engine({ url, budgetMs: 600, lockTimeoutMs: 200 }).migrate({}, actor)).toMatchObject({
    code: 'blocked',
    fields: { blockers: [{ application: expect.anything(), query: 'hidden' }] },
  })
})

test('a deadlock is tried again', async () => {
  const { write, engine, database, session } = workshop()
  await database.query('create table one (); create table two ()')
  const other = await session()
  await other.query(`set deadlock_timeout = '20s'`)
  await other.query('begin; lock table two')
  // Closes the circle itself, since a deadlock is looked for once, some time after a wait began.
  write(
    '001_a.cjs',
    `let tries = 0
    const awaited = "select 1 from pg_locks where relation = 'one'::regclass and not granted"
    exports.up = async (knex) => {
      await knex.raw("set local deadlock_timeout = '50ms'")
      await knex.raw('lock table one')
      if (++tries === 1) while ((await knex.raw(awaited)).rows.length === 0);
      await knex.raw('lock table two')
      await knex.raw('create table tried as select ' + tries + ' as n')
    }`,
  )
  const outcome = engine({ lockTimeoutMs: 10_000 }).migrate({}, actor)
  const held = `select 1 from pg_locks where relation = 'one'::regclass and granted`
  await eventually(async () => (await database.query(held)).length === 1)
  await other.query('lock table one')
  await other.query('commit')
  expect(await outcome).toMatchObject({ status: 'applied', applied: [{ name: '001_a' }] })
  expect(await database.query('select n from tried')).toEqual([{ n: 2 }])
})
