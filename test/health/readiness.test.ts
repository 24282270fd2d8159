import { createReadiness } from '../../src/health/readiness.js'
import type { Status } from '../../src/runs/engine.js'
import type { Failed } from '../../src/runs/outcome.js'

const applied: Status = {
  head: 'b',
  upToDate: true,
  applied: 2,
  pending: [],
  ahead: [],
  drift: [],
  outside: [],
  unresolved: [],
  run: null,
  journal: null,
}
const behind: Status = { ...applied, upToDate: false, applied: 1, pending: ['b'] }
const unavailable: Failed = { status: 'failed', code: 'database_unavailable', detail: 'gone', fields: {} }

function readinessOver(answers: (Status | Failed)[], intervalMs = 0) {
  let asked = 0
  const readiness = createReadiness({
    intervalMs,
    standing: () => Promise.resolve(answers[Math.min(asked++, answers.length - 1)] as Status),
  })
  return { readiness, asked: () => asked }
}

test('a replica that ships a pending migration is not ready, and says so', async () => {
  const { readiness } = readinessOver([behind])
  expect(await readiness.check()).toEqual({ ready: false, reasons: ['pending'] })
  expect(readiness.pending()).toBe(1)
})

test('a replica that is behind stays not ready while it migrates', async () => {
  const run = { status: 'running' } as Status['run']
  const { readiness } = readinessOver([{ ...behind, run }])
  expect(await readiness.check()).toEqual({ ready: false, reasons: ['pending', 'migrating'] })
})

test('the failure of the last call is among the reasons', async () => {
  const { readiness } = readinessOver([behind])
  readiness.failed('migration_failed')
  expect((await readiness.check()).reasons).toEqual(['pending', 'migration_failed'])
})

test('a call that ends well has seen everything applied, and from then on nobody is asked', async () => {
  const { readiness, asked } = readinessOver([behind])
  readiness.failed('migration_failed')
  expect((await readiness.check()).ready).toBe(false)
  readiness.succeeded()
  expect(await readiness.check()).toEqual({ ready: true, reasons: [] })
  expect([readiness.pending(), asked()]).toEqual([0, 1])
})

test('an open question is a reason as long as the database has it, whoever was asked', async () => {
  const { readiness } = readinessOver([{ ...behind, unresolved: ['b'] }, behind])
  expect((await readiness.check()).reasons).toEqual(['pending', 'unresolved'])
  readiness.failed('unresolved')
  expect((await readiness.check()).reasons).toEqual(['pending'])
})

test('a database that is ahead of the release leaves it ready', async () => {
  const { readiness } = readinessOver([{ ...applied, ahead: ['c'] }])
  expect(await readiness.check()).toEqual({ ready: true, reasons: [] })
})

test('drift alone leaves it ready', async () => {
  const finding = { name: 'a', kind: 'edited', message: 'edited' } as const
  const { readiness } = readinessOver([{ ...applied, drift: [finding] }])
  expect((await readiness.check()).ready).toBe(true)
})

test('once ready it stays ready through database failures and asks no more', async () => {
  const { readiness, asked } = readinessOver([applied, unavailable])
  await readiness.check()
  expect((await readiness.check()).ready).toBe(true)
  expect(asked()).toBe(1)
})

test('before that, a failing database is the reason', async () => {
  const { readiness } = readinessOver([unavailable, applied])
  expect((await readiness.check()).reasons).toEqual(['database_unavailable'])
  expect((await readiness.check()).ready).toBe(true)
})

test('draining ends readiness for good', async () => {
  const { readiness } = readinessOver([applied])
  await readiness.check()
  readiness.drain()
  expect(await readiness.check()).toEqual({ ready: false, reasons: ['draining'] })
  expect(readiness.last().ready).toBe(false)
})

test('a hundred probes at once cost one question', async () => {
  const { readiness, asked } = readinessOver([behind], 1000)
  await Promise.all(Array.from({ length: 100 }, () => readiness.check()))
  await readiness.check()
  expect(asked()).toBe(1)
})

test('a database that never answers delays a probe by the patience only, with one question under way', async () => {
  let asked = 0
  const readiness = createReadiness({
    intervalMs: 0,
    patienceMs: 20,
    standing: () => {
      asked++
      return new Promise<never>(() => undefined)
    },
  })
  const began = performance.now()
  for (let i = 0; i < 3; i++) expect((await readiness.check()).reasons).toEqual(['unknown'])
  expect(performance.now() - began).toBeLessThan(500)
  expect(asked).toBe(1)
})

test('a question that throws is an internal error, not a crash', async () => {
  const readiness = createReadiness({ standing: () => Promise.reject(new Error('bug')) })
  expect((await readiness.check()).reasons).toEqual(['internal_error'])
})
