import { eventually } from '../support/processes.js'
import { repeatable, transactional } from '../runs/sources.js'
import { listen } from './listener.js'
import { gated, replicasForEach, type Replica } from './replicas.js'

const replicas = replicasForEach()

/** The run as this replica shows it, once that holds. */
async function shown(replica: Replica, runId: string, holds: (run: Run) => boolean): Promise<Run> {
  let run: Run | undefined
  await eventually(
    async () => holds((run = (await replica.send(`GET /api/migrate/runs/${runId}`)).json as unknown as Run)),
    20_000,
    () => JSON.stringify(run),
  )
  return run as Run
}

interface Run {
  readonly status: string
  readonly applied: readonly unknown[]
  readonly current: Readonly<Record<string, unknown>> | null
  readonly waiting: { readonly elapsedMs: number; readonly blockers: readonly object[] } | null
}

test('an index build shows its phase, its percent and for how long it goes on, on every replica', async () => {
  const { database, write, open, session } = replicas()
  await database.query('create table big (id int, t text)')
  await database.query(`insert into big select g, md5(g::text) from generate_series(1, 20000) g`)
  // The first look of a concurrent build waits for writers, with the percent of those that it has waited for.
  const writer = await session('a writer')
  await writer.query('begin; insert into big values (0)')
  write('001_a.cjs', transactional('a'))
  write('002_index.cjs', repeatable('index', 'create index concurrently big_i on big (t)'))
  const [here, there] = [await open(), await open()]
  const post = await listen(here.port, '/api/migrate', { method: 'POST' })
  const told = await post.until(({ data }) => data['phase'] !== undefined)
  const runId = String(told.data['runId'])
  expect(told).toMatchObject({
    event: 'migration',
    data: {
      name: '002_index',
      state: 'started',
      index: 2,
      of: 2,
      phase: expect.stringMatching(/^waiting for /),
    },
  })
  expect(told.id).toBeUndefined()
  for (const replica of [here, there]) {
    const { current } = await shown(replica, runId, (run) => run.current?.['phase'] !== undefined)
    expect(current).toEqual({
      name: '002_index',
      index: 2,
      of: 2,
      elapsedMs: expect.any(Number),
      phase: told.data['phase'],
      percent: 0,
    })
    // It is told as of now, also where nothing new was written for a while.
    const elapsed = Number(current?.['elapsedMs'])
    await shown(replica, runId, (run) => Number(run.current?.['elapsedMs']) >= elapsed + 300)
  }
  const late = await listen(there.port, `/api/migrate/runs/${runId}/events`)
  await late.until(({ data }) => data['phase'] === told.data['phase'])
  await writer.query('rollback')
  for (const listener of [post, late]) {
    const done = (await listener.all()).at(-1)
    expect(done).toMatchObject({ event: 'done', data: { status: 'applied' } })
  }
})

test('how many of how many, and which: on every replica', async () => {
  const { write, open, arrived } = replicas()
  write('001_a.cjs', transactional('a'))
  write('002_b.cjs', gated(5, '', { transaction: false, repeatable: true }))
  const [here, there] = [await open(), await open()]
  const runId = await here.begin()
  await arrived()
  const run = await shown(there, runId, ({ current }) => current?.['name'] === '002_b')
  expect(run).toMatchObject({ applied: [{ name: '001_a' }], current: { index: 2, of: 2 }, status: 'running' })
})

test('who blocks stands in the record of the run, and in the events, on another replica', async () => {
  const { database, write, open, session } = replicas()
  await database.query('create table busy (id int)')
  const blocker = await session('nightly report')
  await blocker.query(`begin; select 'secret', 4711, * from busy`)
  write('001_a.cjs', transactional('a', 'alter table busy add column b int'))
  const [here, there] = [await open(), await open()]
  const runId = await here.begin()
  const { waiting } = await shown(there, runId, (run) => run.waiting !== null)
  expect(waiting).toEqual({
    for: 'blockers',
    elapsedMs: expect.any(Number),
    blockers: [expect.objectContaining({ application: 'nightly report', state: 'idle in transaction' })],
  })
  expect(JSON.stringify(waiting)).not.toMatch(/secret|4711/)
  // As of now, though who blocks has not changed since it was written.
  await shown(there, runId, (run) => Number(run.waiting?.elapsedMs) >= Number(waiting?.elapsedMs) + 1_000)
  const listener = await listen(there.port, `/api/migrate/runs/${runId}/events`)
  const { data, id } = await listener.until(({ event }) => event === 'waiting')
  expect([data, id]).toEqual([expect.objectContaining({ runId, for: 'blockers' }), undefined])
  const startedAt = performance.now()
  const before = listener.heard.length
  await eventually(() => listener.heard.length >= before + 3)
  expect(performance.now() - startedAt).toBeGreaterThan(1_900) // at most once a second
  await blocker.query('rollback')
  await listener.all()
  expect((await shown(there, runId, ({ status }) => status === 'applied')).waiting).toBeNull()
})
