import { readEvents } from '../../console/door/events.js'
import type { DoorEvent, Run } from '../../console/door/shapes.js'
import { afterEvent, underWay, withStanding } from '../../console/watch/under-way.js'

async function heard(...pieces: readonly (string | Uint8Array)[]): Promise<DoorEvent[]> {
  const encoder = new TextEncoder()
  const stream = new ReadableStream<Uint8Array>({
    start(controller) {
      for (const piece of pieces)
        controller.enqueue(typeof piece === 'string' ? encoder.encode(piece) : piece)
      controller.close()
    },
  })
  const events: DoorEvent[] = []
  for await (const some of readEvents(stream)) events.push(...some)
  return events
}

const run = { type: 'run', runId: 'r', joined: false, pending: ['1_ä', '2_b'] } as const

test('events are read wherever the stream is cut, within a character too', async () => {
  const bytes = new TextEncoder().encode(
    `: open\n\nevent: run\ndata: ${JSON.stringify(run)}\n\nevent: done\ndata: {}\n\n`,
  )
  for (let cut = 1; cut < bytes.length; cut += 1)
    expect(await heard(bytes.slice(0, cut), bytes.slice(cut))).toEqual([run, { type: 'done' }])
})

test('a heartbeat is none, and neither is what is no JSON', async () => {
  expect(await heard(': still here\n\n', 'event: run\ndata: {"half\n\n', 'data: {}\n\n')).toEqual([])
})

const view: Run = {
  runId: 'r',
  status: 'running',
  release: '1.4.0',
  startedAt: '2026-03-01T10:00:00.000Z',
  endedAt: null,
  durationMs: 500,
  batch: 1,
  plan: ['1_a', '2_b'],
  applied: [],
  current: null,
  actor: { credential: 'current' },
  failure: null,
}

const step = { type: 'migration', runId: 'r', index: 1, of: 2, name: '1_a' } as const

test('a run is told by its events, and a stream that begins anew begins it anew', () => {
  const begun = afterEvent(underWay(view, 1_000), { ...step, state: 'started' }, 2_000)
  expect(begun).toMatchObject({ since: 500, currentSince: 2_000, run: { current: { name: '1_a' } } })
  const building = afterEvent(
    begun,
    { ...step, state: 'started', phase: 'building index', percent: 43 },
    2_500,
  )
  expect(building).toMatchObject({
    currentSince: 2_000,
    run: { current: { phase: 'building index', percent: 43 } },
  })
  const applied = afterEvent(building, { ...step, state: 'applied', durationMs: 700 }, 2_700)
  expect(applied.run).toMatchObject({ current: null, applied: [{ name: '1_a', durationMs: 700 }] })
  const again = afterEvent(
    applied,
    { type: 'run', runId: 'r', joined: false, pending: ['1_a', '2_b'] },
    3_000,
  )
  expect(again.run.applied).toEqual([])
})

test('a stream that is opened half-way tells of a beginning long past; the status says how long ago it was', () => {
  const replayed = afterEvent(underWay(view, 9_000), { ...step, state: 'started' }, 9_000)
  expect(replayed.currentSince).toBe(9_000)
  const current = { name: '1_a', index: 1, of: 2, elapsedMs: 6_000 }
  expect(withStanding(replayed, { ...view, current }, 10_000).currentSince).toBe(4_000)
  const other = { ...current, name: '2_b', index: 2 }
  expect(withStanding(replayed, { ...view, current: other }, 10_000).currentSince).toBe(9_000)
})

test('who blocks is kept while the migration is tried again, and gone with the next one', () => {
  const blocker = { pid: 7, user: 'a', application: null, state: null, since: null, query: 'hidden' }
  const begun = afterEvent(underWay(view, 0), { ...step, state: 'started' }, 100)
  const waiting = afterEvent(
    begun,
    { type: 'waiting', runId: 'r', for: 'blockers', elapsedMs: 40, blockers: [blocker] },
    200,
  )
  expect(waiting).toMatchObject({ waitingSince: 160, run: { waiting: { blockers: [blocker] } } })
  const goesOn = afterEvent(waiting, { ...step, state: 'started' }, 300)
  expect(goesOn.run.waiting?.blockers).toEqual([blocker])
  const next = afterEvent(goesOn, { ...step, name: '2_b', index: 2, state: 'started' }, 400)
  expect(next.run.waiting).toBeNull()
})
