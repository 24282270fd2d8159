import type { Alert } from '../../src/observe/alerts.js'
import type { FailureCode } from '../../src/problems/catalog.js'
import type { Credential } from '../../src/runs/actor.js'
import type { Engine, Order, RunObserver } from '../../src/runs/engine.js'
import type { Failed, Outcome } from '../../src/runs/outcome.js'
import { watchEngine } from '../../src/health/watched-engine.js'

function failed(code: FailureCode, joined = false): Outcome {
  return { status: 'failed', code, detail: `it was ${code}`, fields: { migration: 'm', joined } }
}

function watched() {
  const alerts: Alert[] = []
  const reasons: (FailureCode | undefined)[] = []
  const observers: RunObserver[] = []
  let next: Outcome = failed('internal_error')
  const engine = watchEngine(
    {
      migrate: () => Promise.resolve(next),
      journal: { head: () => null },
      observeRuns: (observer: RunObserver) => void observers.push(observer),
    } as unknown as Engine,
    {
      readiness: { failed: (code) => void reasons.push(code), succeeded: () => void reasons.push(undefined) },
      alerts: { send: (alert) => void alerts.push(alert) },
    },
  )
  const call = async (outcome: Outcome, credential: Credential = 'current', order: Order = {}) => {
    next = outcome
    expect(await engine.migrate(order, { credential })).toBe(outcome)
  }
  const ends = (runId: string, code: FailureCode) => {
    const ended = { ...failed(code), fields: { runId } } as Failed
    for (const observer of observers) observer.ended(ended, { credential: 'current' })
    return ended
  }
  return { alerts, reasons, call, ends }
}

test('a failed run is a reason not to be ready and one alert that names the migration', async () => {
  const { alerts, reasons, call } = watched()
  await call(failed('migration_failed'))
  expect(reasons).toEqual(['migration_failed'])
  expect(alerts).toEqual([
    {
      level: 'error',
      code: 'migration_failed',
      message: 'it was migration_failed',
      tags: { credential: 'current', migration: 'm' },
    },
  ])
})

test('whoever joined the run, or only asked, adds nothing', async () => {
  const { alerts, reasons, call } = watched()
  await call(failed('migration_failed', true))
  await call(failed('drift'), 'current', { dryRun: true })
  for (const code of ['unexpected_head', 'draining', 'cancelled'] as const) await call(failed(code))
  expect([alerts, reasons]).toEqual([[], []])
})

test('a failure that goes on through the attempts of the boot run is one alert, until it passed', async () => {
  const { alerts, call } = watched()
  for (let i = 0; i < 3; i++) await call(failed('database_unavailable'), 'boot')
  expect(alerts).toHaveLength(1)
  const done = {
    status: 'up_to_date',
    runId: null,
    batch: null,
    applied: [],
    durationMs: 1,
    joined: false,
    release: '1',
  }
  await call(done as Outcome, 'boot')
  await call(failed('database_unavailable'), 'boot')
  expect(alerts).toHaveLength(2)
})

test('a run that fails after its caller was answered 202 is told, and one whose caller waited is told once', async () => {
  const { alerts, reasons, call, ends } = watched()
  ends('first', 'migration_failed')
  await call(ends('second', 'timed_out'))
  expect(alerts.map(({ code }) => code)).toEqual(['migration_failed', 'timed_out'])
  expect(reasons).toEqual(['migration_failed', 'timed_out'])
})
