import { problemKinds, type FailureCode } from '../../src/problems/catalog.js'
import type { Outcome } from '../../src/runs/outcome.js'
import { authorised, previous, readSecret, secret, secretsOf, startRig, type Rig } from '../hostile/rig.js'
import { applied, done, failed, runId, running, status } from './recording-engine.js'

let rig: Rig
beforeEach(async () => {
  rig = await startRig()
})
afterEach(async () => rig.close())

const post = (head = '') => rig.send(authorised('POST /api/migrate', `${head}Content-Length: 0\r\n`))

describe('POST', () => {
  test('applied: 200, the members of the contract', async () => {
    const reply = await post()
    expect(reply.status).toBe(200)
    expect(JSON.parse(reply.body)).toEqual({ success: true, message: 'Migrations applied', ...applied })
  })

  test('nothing pending: the same, up to date, with what a newer release applied', async () => {
    const answer: Outcome = {
      ...done,
      status: 'up_to_date',
      runId: null,
      batch: null,
      applied: [],
      ahead: ['9_z'],
    }
    rig.engine.answer({ migrate: answer })
    const reply = await post()
    expect([reply.status, JSON.parse(reply.body)]).toMatchObject([
      200,
      {
        success: true,
        message: 'Migrations applied',
        status: 'up_to_date',
        runId: null,
        applied: [],
        ahead: ['9_z'],
      },
    ])
  })

  test('still running after the wait: 202, where and when to look', async () => {
    rig.engine.answer({ migrate: running })
    const reply = await post('Prefer: respond-async, wait=1\r\n')
    expect([reply.status, JSON.parse(reply.body)]).toMatchObject([
      202,
      { status: 'running', runId, applied: [] },
    ])
    expect(reply.headers).toMatchObject({
      location: `/api/migrate/runs/${runId}`,
      'retry-after': '2',
      'preference-applied': 'respond-async, wait=1',
    })
  })

  test('a dry run: 200, what is pending', async () => {
    const pending = [{ name: '1_a', checksum: 'sha256:00', transaction: true }]
    rig.engine.answer({ migrate: { status: 'planned', pending, release: '1.4.0' } })
    const reply = await rig.send(authorised('POST /api/migrate?dryRun=true', 'Content-Length: 0\r\n'))
    expect([reply.status, JSON.parse(reply.body)]).toEqual([
      200,
      { success: true, message: 'Migrations planned', status: 'planned', pending, release: '1.4.0' },
    ])
  })

  test.each([
    [
      'migration_failed',
      { migration: '1_a', sqlState: '42P07', message: 'exists', applied: [], rolledBack: ['1_a'], runId },
    ],
    ['unexpected_head', { head: '2_b' }],
    ['drift', { drift: [{ name: '1_a', kind: 'missing', message: 'gone' }] }],
    ['unresolved', { unresolved: ['1_a'], remedy: 'resolve' }],
    ['knex_locked', { remedy: 'unlock' }],
    ['files_invalid', {}],
    ['blocked', { blockers: [] }],
    ['database_unavailable', {}],
    ['database_misconfigured', {}],
    ['journal_unavailable', {}],
    ['cancelled', { runId }],
    ['interrupted', { runId }],
    ['timed_out', { runId }],
    ['draining', {}],
    ['internal_error', {}],
  ] as const satisfies [FailureCode, object][])(
    '%s: status, Retry-After and members by the table',
    async (code, fields) => {
      rig.engine.answer({ migrate: failed(code, fields) })
      const reply = await post()
      const kind: { status: number; title: string; retryAfter?: number } = problemKinds[code]
      expect(reply.status).toBe(kind.status)
      expect(reply.headers['content-type']).toBe('application/problem+json')
      expect(reply.headers['retry-after']).toBe(kind.retryAfter?.toString())
      expect(reply.headers['connection']).toBe(code === 'draining' ? 'close' : 'keep-alive')
      expect(JSON.parse(reply.body)).toEqual({
        type: `urn:sallyport:problem:${code}`,
        title: kind.title,
        status: kind.status,
        detail: `It ended as ${code}.`,
        instance: `urn:sallyport:request:${reply.headers['x-request-id']}`,
        code,
        success: false,
        error: kind.title,
        ...fields,
      })
    },
  )

  test('a caller who goes away ends nothing, and the next one is answered', async () => {
    let settle: (outcome: Outcome) => void = () => {}
    const asked = new Promise<void>((resolve) => {
      rig.engine.answer({
        migrate: () => {
          resolve()
          return new Promise((done) => (settle = done))
        },
      })
    })
    const gone = rig.send(authorised('POST /api/migrate', 'Content-Length: 0\r\n'), { timeoutMs: 300 })
    await asked
    await expect(gone).rejects.toThrow('no answer')
    settle(applied)
    rig.engine.answer({ migrate: applied })
    expect((await post()).status).toBe(200)
    expect(rig.logged()).not.toContain('"level":"error"')
  })
})

describe('GET', () => {
  test('the plan is there for who may only look, as a dry run would answer', async () => {
    const looking = await startRig({ secrets: () => secretsOf({ read: readSecret }) })
    const pending = [{ name: '1_a', checksum: 'sha256:00', transaction: false }]
    looking.engine.answer({ plan: { status: 'planned', pending, release: '1.4.0' } })
    const look = () => looking.send(authorised('GET /api/migrate/plan').replace(secret, readSecret))
    const reply = await look()
    expect([reply.status, JSON.parse(reply.body)]).toEqual([
      200,
      { success: true, message: 'Migrations planned', status: 'planned', pending, release: '1.4.0' },
    ])
    looking.engine.answer({ plan: failed('files_invalid') })
    expect((await look()).status).toBe(500)
    expect((await looking.send(authorised('POST /api/migrate/plan'))).headers['allow']).toBe('GET, HEAD')
    expect(looking.engine.orders()).toEqual([])
    await looking.close()
  })

  test('tells the state of files, database and secret', async () => {
    const reply = await rig.send(authorised('GET /api/migrate'))
    expect(JSON.parse(reply.body)).toEqual({
      ...status,
      secret: { dedicated: true, rotating: false },
      release: '1.4.0',
    })
  })

  test('tells that a rotation is under way', async () => {
    const rotating = await startRig({ secrets: () => secretsOf({ previous }) })
    const reply = await rotating.send(authorised('GET /api/migrate'))
    expect(JSON.parse(reply.body).secret).toEqual({ dedicated: true, rotating: true })
    await rotating.close()
  })

  test('tells that the database is away', async () => {
    rig.engine.answer({ status: failed('database_unavailable') })
    expect((await rig.send(authorised('GET /api/migrate'))).status).toBe(503)
  })

  test('/check answers the checklist, where there is one', async () => {
    const checklist = {
      status: 'pass',
      environment: 'production',
      release: '1.4.0',
      checkedAt: '2026-03-01T10:00:00.000Z',
      summary: { pass: 0, warn: 0, fail: 0, unknown: 0 },
      items: [],
    }
    const checking = await startRig({ checklist: () => Promise.resolve(checklist) })
    const reply = await checking.send(authorised('GET /api/migrate/check'))
    expect([reply.status, JSON.parse(reply.body)]).toEqual([200, checklist])
    expect((await checking.send(authorised('POST /api/migrate/check'))).headers['allow']).toBe('GET, HEAD')
    await checking.close()
  })
})
