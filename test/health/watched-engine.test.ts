import type { Alert } from '../../src/observe/alerts.js'
import type { FailureCode } from '../../src/problems/catalog.js'
import type { Credential } from '../../src/runs/actor.js'
import type { Engine, Order } from '../../src/runs/engine.js'
import type { Outcome } from '../../src/runs/outcome.js'
import { watchEngine } from '../../src/health/watched-engine.js'

function failed(code: FailureCode, joined = false): Outcome {
  return { status: 'failed', code, detail: `it was ${code}`, fields: { migration: 'm', joined } }
}

function watched() {
  const alerts: Alert[] = []
  const reasons: (FailureCode | undefined)[] = []
  let next: Outcome = failed('internal_error')
  const engine = watchEngine({ migrate: () => Promise.resolve(next) } as unknown as Engine, {
    readiness: { failed: (code) => void reasons.push(code), succeeded: () => void reasons.push(undefined) },
    alerts: { send: (alert) => void alerts.push(alert) },
  })
  const call = async (outcome: Outcome, credential: Credential = 'current', order: Order = {}) => {
    next = outcome
    expect(await engine.migrate(order, { credential })).toBe(outcome)
  }
  return { alerts, reasons, call }
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
