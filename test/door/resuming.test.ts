import { transactional } from '../runs/sources.js'
import { listen, type Heard } from './listener.js'
import { gated, replicasForEach } from './replicas.js'

const replicas = replicasForEach()
const outside = { transaction: false, repeatable: true }

/** Three segments; the second waits at the gate. */
beforeEach(() => {
  replicas().write('001_a.cjs', transactional('a'))
  replicas().write('002_b.cjs', gated(5, '', outside))
  replicas().write('003_c.cjs', transactional('c'))
})

const steps = (heard: readonly Heard[]) =>
  heard
    .filter(({ event, data }) => event !== 'waiting' && data['phase'] === undefined)
    .map(({ event, data }) => [event, ...[data['name'], data['state']].filter(Boolean)].join(' '))

const whole = [
  'run',
  'migration 001_a started',
  'migration 001_a applied',
  'migration 002_b started',
  'migration 002_b applied',
  'migration 003_c started',
  'migration 003_c applied',
  'done',
]

/** A run of one replica that has ended, and another that did not carry it out. */
async function ended() {
  const [here, there] = [await replicas().open(), await replicas().open()]
  const runId = await here.begin()
  await replicas().letThrough()
  const live = await listen(here.port, `/api/migrate/runs/${runId}/events`)
  await live.all()
  const events = `/api/migrate/runs/${runId}/events`
  return { here, there, runId, events, live: live.heard }
}

test('a reader who comes after the end is told every step, on a replica that did not carry it out', async () => {
  const { there, events, runId } = await ended()
  const heard = await (await listen(there.port, events)).all()
  expect(steps(heard)).toEqual(whole)
  expect(heard.map(({ id }) => id)).toEqual([
    `${runId}:0:0`,
    `${runId}:1:0`,
    `${runId}:1:1`,
    `${runId}:2:1`,
    `${runId}:2:2`,
    `${runId}:3:2`,
    `${runId}:3:3`,
    `${runId}:done`,
  ])
  expect(heard.at(-1)?.data).toMatchObject({ success: true, status: 'applied', runId })
})

test('whatever the reader heard last, another replica goes on behind it, and leaves nothing out', async () => {
  const { there, events } = await ended()
  const all = await (await listen(there.port, events)).all()
  const after = async (lastEventId: string) =>
    steps(await (await listen(there.port, events, { lastEventId })).all())
  for (const [index, { id }] of all.slice(0, -1).entries())
    expect([id, await after(id ?? '')]).toEqual([id, whole.slice(index + 1)])
})

test('who was cut off from the POST in the middle of a run goes on with it on another replica', async () => {
  const [here, there] = [await replicas().open(), await replicas().open()]
  const post = await listen(here.port, '/api/migrate', { method: 'POST' })
  const begun = await post.until(({ data }) => data['name'] === '002_b')
  const first = steps(post.heard)
  post.leave()
  await replicas().arrived()
  const events = `/api/migrate/runs/${String(begun.data['runId'])}/events`
  const rest = await listen(there.port, events, { lastEventId: begun.id ?? '' })
  await replicas().letThrough()
  expect([...first, ...steps(await rest.all())]).toEqual(whole)
})

test('who has heard done is answered 204, which an EventSource takes for the end', async () => {
  const { here, there, events, runId } = await ended()
  for (const { port } of [here, there]) {
    const reply = await listen(port, events, { lastEventId: `${runId}:done` })
    await reply.all()
    expect([reply.status, reply.heard, reply.headers['content-type']]).toEqual([204, [], undefined])
  }
})

test('done of a run that goes on cannot have been heard, so all is told', async () => {
  const here = await replicas().open()
  const runId = await here.begin()
  await replicas().arrived()
  const lastEventId = `${runId}:done`
  const listener = await listen(here.port, `/api/migrate/runs/${runId}/events`, { lastEventId })
  await replicas().letThrough()
  expect([listener.status, steps(await listener.all())]).toEqual([200, whole])
})

test('I09 an id of another run, of the future, or of no form at all: everything is told', async () => {
  const { there, events, runId } = await ended()
  const other = '0197a4c2-7d7e-4000-8000-00000000abcd'
  const ids = [`${other}:1:1`, `${other}:done`, `${runId}:4:1`, `${runId}:1:2`, `${runId}:99999999:0`]
  for (const lastEventId of [...ids, `${runId}:-1:0`, `${runId}:1`, '1', 'x'.repeat(500)])
    expect([lastEventId, steps(await (await listen(there.port, events, { lastEventId })).all())]).toEqual([
      lastEventId,
      whole,
    ])
})
