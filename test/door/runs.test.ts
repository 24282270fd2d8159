import { authorised, startRig, type Rig } from '../hostile/rig.js'
import { failed, runId, view } from './recording-engine.js'

let rig: Rig
beforeEach(async () => {
  rig = await startRig()
})
afterEach(async () => rig.close())

const path = `/api/migrate/runs/${runId}`
const ended = { ...view, status: 'applied', endedAt: '2026-03-01T10:00:01.000Z', current: null } as const
const failure = {
  code: 'migration_failed',
  detail: 'It failed.',
  sqlState: '42P07',
  migration: '1_a',
} as const

describe('GET …/runs/{id}', () => {
  test('shows the run, and when to look again while it goes on', async () => {
    const reply = await rig.send(authorised(`GET ${path}`))
    expect([reply.status, JSON.parse(reply.body)]).toEqual([200, view])
    expect(reply.headers['retry-after']).toBe('2')
  })

  test('shows a run that failed as it is, which is no error of the request', async () => {
    rig.engine.answer({ run: { ...ended, status: 'failed', failure } })
    const reply = await rig.send(authorised(`GET ${path}`))
    expect([reply.status, JSON.parse(reply.body).failure]).toEqual([200, failure])
    expect(reply.headers['retry-after']).toBeUndefined()
  })

  test.each(['', '/outcome', '/events'])('%s of an unknown run: 404', async (rest) => {
    rig.engine.answer({ run: undefined })
    const reply = await rig.send(authorised(`GET ${path}${rest}`))
    expect([reply.status, JSON.parse(reply.body).code]).toEqual([404, 'unknown_run'])
  })

  test.each(['', '/outcome', '/events'])('%s while the database is away: 503', async (rest) => {
    rig.engine.answer({ run: failed('database_unavailable') })
    const reply = await rig.send(authorised(`GET ${path}${rest}`))
    expect([reply.status, reply.headers['retry-after']]).toEqual([503, '5'])
  })

  test('in capitals is the same run', async () => {
    await rig.send(authorised(`GET ${path.toUpperCase().replace('/API/MIGRATE/RUNS', '/api/migrate/runs')}`))
    expect(rig.engine.calls).toEqual([{ method: 'run', args: [runId] }])
  })
})

describe('GET …/outcome, for curl --retry', () => {
  const outcome = () => rig.send(authorised(`GET ${path}/outcome`))

  test('503 and Retry-After while the run goes on', async () => {
    const reply = await outcome()
    expect([reply.status, reply.headers['retry-after']]).toEqual([503, '2'])
    expect(JSON.parse(reply.body)).toMatchObject({ code: 'still_running', runId, success: false })
  })

  test('200 when it succeeded, as the caller who waited was told', async () => {
    rig.engine.answer({ run: ended })
    const reply = await outcome()
    expect([reply.status, JSON.parse(reply.body)]).toMatchObject([
      200,
      { success: true, message: 'Migrations applied', status: 'applied', runId, batch: 7, joined: false },
    ])
  })

  test.each([
    ['failed', failure, 'migration_failed'],
    ['cancelled', { code: 'cancelled', detail: 'Rolled back.', rolledBack: ['1_a'] } as const, 'cancelled'],
    ['interrupted', null, 'interrupted'],
    ['failed', { code: 'blocked', detail: 'Blocked.' } as const, 'blocked'],
  ] as const)('409 when it %s: %p', async (status, why, code) => {
    rig.engine.answer({ run: { ...ended, status, failure: why } })
    const reply = await outcome()
    expect([reply.status, JSON.parse(reply.body)]).toMatchObject([
      409,
      { status: 409, code, runId, success: false },
    ])
    expect(reply.headers['retry-after']).toBeUndefined()
  })
})

describe('DELETE …/runs/{id}', () => {
  const cancel = () => rig.send(authorised(`DELETE ${path}`))

  test('asks for the end of exactly that run, and says where to look', async () => {
    const reply = await cancel()
    expect([reply.status, reply.headers['location']]).toEqual([202, path])
    expect(rig.engine.calls).toMatchObject([
      { method: 'cancel', args: [runId, { credential: 'current', address: '203.0.113.9' }] },
    ])
  })

  test('404 where there is none', async () => {
    rig.engine.answer({ cancel: undefined })
    expect((await cancel()).status).toBe(404)
  })

  test('503 while shutting down, closing the connection', async () => {
    rig.engine.answer({ cancel: failed('draining') })
    const reply = await cancel()
    expect([reply.status, reply.headers['retry-after'], reply.headers['connection']]).toEqual([
      503,
      '5',
      'close',
    ])
  })
})

test('GET …/runs lists the newest', async () => {
  const reply = await rig.send(authorised('GET /api/migrate/runs'))
  expect([reply.status, JSON.parse(reply.body)]).toEqual([200, { runs: [view] }])
  rig.engine.answer({ runs: failed('database_misconfigured') })
  expect((await rig.send(authorised('GET /api/migrate/runs'))).status).toBe(500)
})
