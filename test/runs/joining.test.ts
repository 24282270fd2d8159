import type { Client } from 'pg'
import { eventually } from '../support/processes.js'
import type { Outcome } from '../../src/runs/outcome.js'
import { actor, workshopForEach, type EngineSettings } from './workshop.js'
import { advisoryLocks, custom, transactional } from './sources.js'

const workshop = workshopForEach()

let gate: Client

beforeEach(async () => {
  gate = await workshop().session('gate')
  await gate.query('select pg_advisory_lock(5)')
})

/** A migration that goes on once the gate is opened. */
const gated = (then = '') => custom(`await knex.raw('select pg_advisory_xact_lock_shared(5)'); ${then}`)
const open = () => gate.query('select pg_advisory_unlock(5)')
const arrived = () =>
  eventually(
    async () =>
      (await workshop().database.query(`${advisoryLocks} and objid = 5 and not granted`)).length > 0,
  )

/** Starts a run on one replica and, once it waits at the gate, a call on another that sees it. */
async function joined(order = {}, settings: EngineSettings = {}) {
  const { engine } = workshop()
  const leader = engine({ lockTimeoutMs: 0 })
  const first = leader.migrate({}, actor)
  await arrived()
  const seen: string[] = []
  const joiner = engine(settings)
  const second = joiner.migrate(order, actor, {
    onEvent: (event) => {
      if (event.type === 'waiting') seen.push(event.runId ?? '')
    },
  })
  await eventually(() => seen.some((id) => id !== ''))
  return { leader, joiner, first, second, runId: seen.find((id) => id !== '') ?? '' }
}

const both = async ({ first, second }: { first: Promise<Outcome>; second: Promise<Outcome> }) =>
  Promise.all([first, second])

test('who joins a run that fails is told the same failure', async () => {
  workshop().write('001_a.cjs', gated(`await knex.raw('select 1 / 0')`))
  const run = await joined()
  await open()
  const failure = { code: 'migration_failed', fields: { sqlState: '22012', runId: run.runId } }
  const [first, second] = await both(run)
  expect(first).toMatchObject(failure)
  expect(second).toMatchObject({ ...failure, fields: { ...failure.fields, joined: true } })
  expect(await workshop().database.query('select status from sallyport.runs')).toEqual([{ status: 'failed' }])
})

test('who joins a run that is cancelled is told so, and does not continue it', async () => {
  workshop().write('001_a.cjs', gated())
  const run = await joined()
  expect(await run.joiner.cancel(run.runId, actor)).toMatchObject({ runId: run.runId, status: 'running' })
  expect(await both(run)).toMatchObject([
    { code: 'cancelled', fields: { rolledBack: ['001_a'], applied: [] } },
    { code: 'cancelled', fields: { joined: true, runId: run.runId } },
  ])
  expect(await workshop().database.query('select name from knex_migrations')).toEqual([])
  await open()
  expect(await run.joiner.migrate({}, actor)).toMatchObject({ status: 'applied', joined: false })
})

test('who ships more than the run that is joined holds then runs its own', async () => {
  workshop().write('001_a.cjs', gated())
  workshop().write('../next/001_a.cjs', gated())
  workshop().write('../next/002_b.cjs', transactional('b'))
  const run = await joined({}, { dir: `${workshop().root}/next`, release: '1.1.0' })
  await open()
  expect(await both(run)).toMatchObject([
    { applied: [{ name: '001_a' }], batch: 1, release: '1.0.0' },
    { applied: [{ name: '002_b' }], batch: 2, release: '1.1.0', joined: false },
  ])
})

test('who ships more does not continue a run that was cancelled either', async () => {
  workshop().write('001_a.cjs', gated())
  workshop().write('../next/001_a.cjs', gated())
  workshop().write('../next/002_b.cjs', transactional('b'))
  const run = await joined({}, { dir: `${workshop().root}/next` })
  await run.leader.cancel(run.runId, actor)
  expect(await both(run)).toMatchObject([
    { code: 'cancelled' },
    { code: 'cancelled', fields: { joined: true } },
  ])
  expect(await workshop().database.query('select name from knex_migrations')).toEqual([])
})

test('who ships another version of a migration does not take the run’s result for its own', async () => {
  workshop().write('001_a.cjs', gated())
  workshop().write('../next/001_a.cjs', transactional('another'))
  const run = await joined({}, { dir: `${workshop().root}/next` })
  await open()
  const [, second] = await both(run)
  expect(second).toMatchObject({ status: 'up_to_date', joined: false })
  expect(workshop().warnings).toContainEqual(expect.stringContaining('001_a was changed'))
})

test('a dry run does not wait for the run that is under way', async () => {
  workshop().write('001_a.cjs', gated())
  const { engine } = workshop()
  const one = engine()
  const first = one.migrate({}, actor)
  await arrived()
  const planned = { status: 'planned', pending: [{ name: '001_a' }] }
  expect(await one.migrate({ dryRun: true }, actor)).toMatchObject(planned)
  expect(await engine().migrate({ dryRun: true }, actor)).toMatchObject(planned)
  await open()
  expect(await first).toMatchObject({ status: 'applied' })
})

test.each([
  ['a decision on an open question', { resolve: { name: '001_a', as: 'applied' as const, reason: 'seen' } }],
  ['an acceptance of drift', { acceptDrift: [{ name: '001_a', reason: 'seen' }] }],
])('%s never joins, here or on another replica', async (_, order) => {
  workshop().write('001_a.cjs', gated())
  const { engine } = workshop()
  const one = engine()
  const first = one.migrate({}, actor)
  await arrived()
  const others = [one.migrate(order, actor), engine().migrate(order, actor)]
  await open()
  expect(await first).toMatchObject({ status: 'applied' })
  for (const outcome of await Promise.all(others)) {
    expect(outcome).toMatchObject({ status: 'up_to_date', joined: false })
  }
})

test('after the wait the run goes on, its record is there, and every replica answers for it', async () => {
  workshop().write('001_a.cjs', gated())
  const { engine, database } = workshop()
  const here = engine()
  const there = engine()
  const answer = await here.migrate({}, actor, { waitMs: 0 })
  expect(answer).toMatchObject({ status: 'running', joined: false, applied: [], batch: 1, release: '1.0.0' })
  const runId = (answer as { runId: string }).runId
  expect(await database.query('select id, status from sallyport.runs')).toEqual([
    { id: runId, status: 'running' },
  ])
  await arrived()
  const view = { runId, status: 'running', plan: ['001_a'], actor, endedAt: null, failure: null }
  expect(await there.run(runId)).toMatchObject(view)
  expect(await there.runs(5)).toMatchObject([view])
  expect(await there.status()).toMatchObject({ run: view })
  expect(await there.migrate({}, actor, { waitMs: 50 })).toMatchObject({
    status: 'running',
    runId,
    joined: true,
  })
  await eventually(async () => ((await there.run(runId)) as { current: unknown }).current !== null)
  expect(await there.run(runId)).toMatchObject({ current: { name: '001_a', index: 1, of: 1 } })
  await open()
  await eventually(async () => ((await there.run(runId)) as { status: string }).status === 'applied')
  expect(await there.run(runId)).toMatchObject({ applied: [{ name: '001_a' }], endedAt: expect.any(String) })
  expect(await there.cancel(runId, actor)).toMatchObject({ status: 'applied' })
})

test('a cancellation that comes with the last commit does not undo it', async () => {
  workshop().write('001_a.cjs', gated())
  const run = await joined()
  const opened = open()
  await run.joiner.cancel(run.runId, actor)
  await opened
  const [first, second] = await both(run)
  const rows = await workshop().database.query('select name from knex_migrations')
  expect(rows).toHaveLength(first.status === 'applied' ? 1 : 0)
  expect(second.status).toBe(first.status)
})
