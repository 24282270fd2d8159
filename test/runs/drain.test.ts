import { eventually } from '../support/processes.js'
import { actor, workshopForEach } from './workshop.js'
import { advisoryLocks, repeatable, sleep, transactional } from './sources.js'

const workshop = workshopForEach()

const running = () =>
  eventually(async () => {
    const sleeping = `select pid from pg_stat_activity where query like '%pg_sleep%' and state = 'active'
      and datname = current_database() and pid <> pg_backend_pid()`
    return (await workshop().database.query(sleeping)).length > 0
  })
const applied = () => workshop().database.query('select name from knex_migrations order by id')
const lockHolders = () => workshop().database.query(advisoryLocks)

test('while it drains, new calls are refused and the run under way gets its grace', async () => {
  const { write, engine } = workshop()
  write('001_a.cjs', transactional('a', sleep(0.4)))
  const one = engine()
  const outcome = one.migrate({}, actor)
  await running()
  const drained = one.drain(20_000)
  expect(await one.migrate({}, actor)).toMatchObject({ status: 'failed', code: 'draining' })
  expect(await one.migrate({ dryRun: true }, actor)).toMatchObject({ code: 'draining' })
  await drained
  expect(await outcome).toMatchObject({ status: 'applied', applied: [{ name: '001_a' }] })
  expect(await applied()).toHaveLength(1)
})

test('a run that outlasts the grace is cancelled and rolled back as a whole, and says so', async () => {
  const { write, engine } = workshop()
  write('001_a.cjs', transactional('a'))
  write('002_b.cjs', transactional('b', sleep(30)))
  const one = engine()
  const outcome = one.migrate({}, actor)
  await running()
  await one.drain(50)
  expect(await outcome).toMatchObject({
    code: 'cancelled',
    detail:
      'The process was told to shut down, and the run used up its grace. Nothing was applied. Rolled back: 001_a, 002_b. A new call continues where it stopped.',
    fields: { applied: [], rolledBack: ['001_a', '002_b'] },
  })
  expect(await applied()).toEqual([])
  expect(await lockHolders()).toEqual([])
  expect(await one.runs(1)).toMatchObject([{ status: 'cancelled' }])
})

test('what was committed before the grace was used up stays, and another replica completes the rest', async () => {
  const { write, engine } = workshop()
  write('001_a.cjs', repeatable('a'))
  write('002_b.cjs', transactional('b', 'create table if not exists b ()', sleep(0.5)))
  const one = engine()
  const outcome = one.migrate({}, actor)
  await running()
  await one.drain(0)
  expect(await outcome).toMatchObject({ code: 'cancelled', fields: { applied: [{ name: '001_a' }] } })
  expect(await engine().migrate({}, actor)).toMatchObject({ applied: [{ name: '002_b' }] })
})

test('a run that has not begun when the process is told to end never does, or is cancelled at once', async () => {
  const { write, engine } = workshop()
  write('001_a.cjs', transactional('a', sleep(30)))
  for (let turn = 0; turn < 5; turn += 1) {
    const one = engine()
    const outcome = one.migrate({}, actor)
    await new Promise((resolve) => setTimeout(resolve, turn * 20)) // at any point of its beginning
    await one.drain(0)
    expect(await outcome).toMatchObject({ code: expect.stringMatching(/^(cancelled|draining)$/) })
  }
  expect(await lockHolders()).toEqual([])
})

test('who waits for another replica’s run is told at once that this process ends', async () => {
  const { write, engine } = workshop()
  write('001_a.cjs', transactional('a', sleep(1)))
  const first = engine().migrate({}, actor)
  await running()
  const waiter = engine()
  const seen: string[] = []
  const second = waiter.migrate({}, actor, { onEvent: (event) => void seen.push(event.type) })
  await eventually(() => seen.includes('waiting'))
  await waiter.drain(0)
  expect(await second).toMatchObject({ code: 'draining' })
  expect(await first).toMatchObject({ status: 'applied' })
})
