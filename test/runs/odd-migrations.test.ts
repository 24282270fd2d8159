import { setTimeout as delay } from 'node:timers/promises'
import { eventually } from '../support/processes.js'
import type { RunEvent } from '../../src/runs/engine.js'
import type { Failed } from '../../src/runs/outcome.js'
import { actor, workshopForEach } from './workshop.js'
import { advisoryLocks, custom, transactional } from './sources.js'

const workshop = workshopForEach()

const applied = async () =>
  (await workshop().database.query<{ name: string }>('select name from knex_migrations order by id')).map(
    ({ name }) => name,
  )

/** Starts a run and waits until this migration has begun. */
async function started(name: string, settings = {}) {
  const events: RunEvent[] = []
  const engine = workshop().engine(settings)
  const outcome = engine.migrate({}, actor, { onEvent: (event) => void events.push(event) })
  const begun = () => events.find((event) => event.type === 'migration' && event.name === name)
  await eventually(() => begun() !== undefined)
  const runId = begun()?.runId ?? ''
  return { engine, outcome, runId }
}

test('an `up` that returns no promise is applied', async () => {
  workshop().write('001_a.cjs', 'exports.up = () => {}')
  expect(await workshop().engine().migrate({}, actor)).toMatchObject({ status: 'applied' })
  expect(await applied()).toEqual(['001_a.cjs'])
})

const inAndOutside: [string, object | undefined][] = [
  ['in a transaction', undefined],
  ['outside', { transaction: false, repeatable: true }],
]

test.each(inAndOutside)(
  'a forgotten await %s is named; the record waits for the query and for what follows from it',
  async (_, config) => {
    const { write, engine, warnings, database } = workshop()
    const chain = `knex.raw('select pg_sleep(0.3)').then(() => knex.raw('create table a ()')).then(() => knex.raw('create table b ()'))`
    write('001_a.cjs', custom(`void ${chain}`, config))
    write('002_b.cjs', custom(`await knex.raw('drop table a'); await knex.raw('drop table b')`))
    expect(await engine().migrate({}, actor)).toMatchObject({ status: 'applied' })
    expect(warnings).toEqual([
      expect.stringMatching(/^001_a\.cjs returned while .*`await` or `return` is missing/),
    ])
    expect(await applied()).toEqual(['001_a.cjs', '002_b.cjs'])
    expect(await database.query(`select to_regclass('a') as a, to_regclass('b') as b`)).toEqual([
      { a: null, b: null },
    ])
  },
)

test.each(inAndOutside)(
  'a query that nobody awaits and that fails, %s, fails the migration',
  async (_, config) => {
    const forgotten = `knex.raw('select pg_sleep(0.2)').then(() => knex.raw('select 1/0')).catch(() => {})`
    workshop().write('001_a.cjs', custom(`await knex.raw('create table a ()'); void ${forgotten}`, config))
    expect(await workshop().engine().migrate({}, actor)).toMatchObject({
      code: 'migration_failed',
      fields: { migration: '001_a', sqlState: '22012', message: 'division by zero' },
    })
    expect(await applied()).toEqual([])
  },
)

test('a query that nobody awaits may not end the transaction either', async () => {
  const { write, engine, database } = workshop()
  const forgotten = `knex.raw('select pg_sleep(0.2)').then(() => knex.raw('commit')).catch(() => {})`
  write('001_a.cjs', custom(`await knex.raw('create table a ()'); void ${forgotten}`))
  write('002_b.cjs', custom(`await knex.raw('select 1/0')`))
  expect(await engine().migrate({}, actor)).toMatchObject({
    code: 'migration_failed',
    fields: { migration: '002_b', applied: [] },
  })
  expect(await database.query(`select to_regclass('a') as a`)).toEqual([{ a: null }])
})

test('the wait for a query that nobody awaits is ended by cancelling the run', async () => {
  workshop().write('001_a.cjs', custom(`void knex.raw('select pg_sleep(30)').catch(() => {})`))
  const { engine, outcome, runId } = await started('001_a')
  await eventually(() => workshop().warnings.length > 0)
  await engine.cancel(runId, actor)
  expect(await outcome).toMatchObject({ code: 'cancelled', fields: { runId, applied: [] } })
  expect(await applied()).toEqual([])
})

test.each([
  ['in a transaction', undefined],
  ['outside', { transaction: false, repeatable: true }],
])('an `up` %s that never resolves is reported as running, and ended by cancelling it', async (_, config) => {
  workshop().write(
    '001_a.cjs',
    custom(`await knex.raw('create table a ()'); await new Promise(() => {})`, config),
  )
  const { engine, outcome, runId } = await started('001_a')
  expect(await engine.migrate({}, actor, { waitMs: 0 })).toMatchObject({ status: 'running', runId })
  expect(await engine.cancel(runId, actor)).toMatchObject({ status: 'running' })
  expect(await outcome).toMatchObject({ code: 'cancelled', fields: { runId, applied: [] } })
  expect(((await outcome) as Failed).detail.includes('ran outside a transaction')).toBe(config !== undefined)
  expect(await engine.run(runId)).toMatchObject({ status: 'cancelled' })
  expect(await applied()).toEqual([])
})

test('a migration that never resolves is ended by closing down', async () => {
  workshop().write('001_a.cjs', custom(`await new Promise(() => {})`))
  const { engine, outcome } = await started('001_a')
  await engine.drain(0)
  expect(await outcome).toMatchObject({ code: 'cancelled' })
})

test('a migration that destroys the knex that it was given fails alone', async () => {
  const { write, engine } = workshop()
  write(
    '001_a.cjs',
    custom(`await knex.destroy(); await knex.raw('create table a ()')`, { transaction: false }),
  )
  const one = engine()
  expect(await one.migrate({}, actor)).toMatchObject({
    code: 'migration_failed',
    fields: { migration: '001_a' },
  })
  expect(await one.status()).toMatchObject({ pending: ['001_a'] })
})

test('a transaction that a migration leaves open fails it', async () => {
  const { write, engine, database } = workshop()
  write(
    '001_a.cjs',
    custom(`const leaked = await knex.transaction(); await leaked.raw('create table leaked ()')`, {
      transaction: false,
      repeatable: true,
    }),
  )
  expect(await engine().migrate({}, actor)).toMatchObject({
    code: 'migration_failed',
    fields: { migration: '001_a', message: expect.stringContaining('transaction') },
  })
  expect(await applied()).toEqual([])
  expect(await database.query(`select to_regclass('leaked') as t`)).toEqual([{ t: null }])
  expect(await database.query(advisoryLocks)).toEqual([])
})

test('a nested transaction of a migration is its own business', async () => {
  const { write, engine, database } = workshop()
  write(
    '001_a.cjs',
    custom(`await knex.raw('create table a (n int)')
    await knex.transaction((inner) => inner.raw('insert into a values (1)'))
    await knex.transaction(async (inner) => { await inner.raw('insert into a values (2)'); throw new Error('undo') }).catch(() => {})`),
  )
  expect(await engine().migrate({}, actor)).toMatchObject({ status: 'applied' })
  expect(await database.query('select n from a')).toEqual([{ n: 1 }])
})

test('a migration that swallows its cancellation does not go on', async () => {
  const { write, database } = workshop()
  write('001_a.cjs', transactional('a'))
  write(
    '002_b.cjs',
    custom(
      `await knex.raw('select pg_sleep(20)').catch(() => {})
    await knex.raw('create table b ()').catch(() => {})`,
      { transaction: false, repeatable: true },
    ),
  )
  const { engine, outcome, runId } = await started('002_b')
  await delay(0)
  await engine.cancel(runId, actor)
  expect(await outcome).toMatchObject({ code: 'cancelled', fields: { applied: [{ name: '001_a' }] } })
  expect(await database.query(`select to_regclass('b') as b`)).toEqual([{ b: null }])
})
