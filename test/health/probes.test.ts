import request from 'supertest'
import { createMetrics } from '../../src/health/metrics.js'
import { healthApp } from '../../src/health/probes.js'
import type { Verdict } from '../../src/health/readiness.js'
import type { Engine } from '../../src/runs/engine.js'
import type { Outcome } from '../../src/runs/outcome.js'

const ready: Verdict = { ready: true, reasons: [] }

function metricsOf(secretDedicated = true) {
  const readiness = { last: () => ready, pending: () => 3, questions: () => 7 }
  return createMetrics({
    release: '1.4.0',
    budgetMs: 900_000,
    secretDedicated: () => secretDedicated,
    secretRotating: () => false,
    readiness,
  })
}

function appOf(verdict: Verdict = ready, started = true) {
  return healthApp({
    readiness: { check: () => Promise.resolve(verdict) },
    metrics: metricsOf(),
    started: () => started,
  })
}

test('livez answers 200 without asking whether anything is ready', async () => {
  const app = healthApp({
    readiness: { check: () => Promise.reject(new Error('asked')) },
    metrics: metricsOf(),
    started: () => false,
  })
  const response = await request(app).get('/livez')
  expect([response.status, response.body]).toEqual([200, { status: 'ok', reasons: [] }])
})

test('startupz turns 200 when every port listens', async () => {
  const starting = await request(appOf(ready, false)).get('/startupz')
  expect([starting.status, starting.body]).toEqual([503, { status: 'unavailable', reasons: ['starting'] }])
  expect((await request(appOf()).get('/startupz')).status).toBe(200)
})

test('readyz says why it is not ready', async () => {
  const response = await request(appOf({ ready: false, reasons: ['pending', 'migrating'] })).get('/readyz')
  expect([response.status, response.body]).toEqual([
    503,
    { status: 'unavailable', reasons: ['pending', 'migrating'] },
  ])
  expect((await request(appOf()).get('/readyz')).body).toEqual({ status: 'ok', reasons: [] })
})

test('no answer may be stored or says what serves it', async () => {
  for (const path of ['/livez', '/startupz', '/readyz', '/metrics', '/elsewhere']) {
    const { headers } = await request(appOf()).get(path)
    expect([path, headers['cache-control'], headers['x-powered-by']]).toEqual([path, 'no-store', undefined])
  }
})

test('HEAD works; another method is 405 and another path 404, as problems', async () => {
  expect((await request(appOf()).head('/readyz')).status).toBe(200)
  const post = await request(appOf()).post('/readyz')
  expect([post.status, post.headers.allow, post.body.code]).toEqual([405, 'GET, HEAD', 'method_not_allowed'])
  for (const path of ['/', '/api/migrate', '/livez/', '/LIVEZ', '/%ff', '/%']) {
    const response = await request(appOf()).get(path)
    expect([path, response.status, response.type]).toEqual([path, 404, 'application/problem+json'])
    expect(response.body).toMatchObject({ code: 'not_found', success: false, error: 'Not Found' })
  }
})

test('metrics tell whether a dedicated secret is in use, and how many migrations are pending', async () => {
  const { text, status } = await request(appOf()).get('/metrics')
  expect(status).toBe(200)
  expect(text).toMatch(/^sallyport_secret_dedicated 1$/m)
  expect(text).toMatch(/^sallyport_secret_rotating 0$/m)
  expect(text).toMatch(/^sallyport_pending_migrations 3$/m)
  expect(text).toMatch(/^sallyport_ready 1$/m)
  expect(text).toMatch(/^sallyport_release_info\{release="1\.4\.0"\} 1$/m)
  expect(await metricsOf(false).render()).toMatch(/^sallyport_secret_dedicated 0$/m)
})

test('every metric carries the prefix', async () => {
  const names = (await metricsOf().render()).matchAll(/^# HELP (\S+)/gm)
  for (const [, name] of names) expect(name).toMatch(/^sallyport_/)
})

test('calls are counted by result and credential', async () => {
  const metrics = metricsOf()
  const outcomes: Outcome[] = [
    { ...completed, joined: false },
    { ...completed, joined: true },
    { status: 'failed', code: 'blocked', detail: '', fields: {} },
  ]
  const engine = metrics.counting({ migrate: () => Promise.resolve(outcomes.shift()) } as unknown as Engine)
  for (const credential of ['current', 'current', 'boot'] as const) await engine.migrate({}, { credential })
  const text = await metrics.render()
  expect(text).toMatch('sallyport_migrate_calls_total{result="applied",credential="current"} 2')
  expect(text).toMatch('sallyport_migrate_calls_total{result="blocked",credential="boot"} 1')
})

const completed = {
  status: 'applied',
  runId: 'r',
  batch: 1,
  applied: [],
  durationMs: 700,
  joined: false,
  release: '1',
} as const

test('runs are counted and timed where they were carried out, failed ones too', async () => {
  const { runs, render } = metricsOf()
  const actor = { credential: 'current' } as const
  runs.started('r', actor)
  expect(await render()).toMatch(/^sallyport_run_seconds 0\.\d*[1-9]/m)
  runs.ended({ status: 'failed', code: 'timed_out', detail: '', fields: {} }, actor)
  runs.started('s', actor)
  runs.ended(completed, actor)
  const text = await render()
  for (const result of ['timed_out', 'applied']) {
    expect(text).toMatch(`sallyport_runs_total{result="${result}"} 1`)
    expect(text).toMatch(`sallyport_run_duration_seconds_count{result="${result}"} 1`)
  }
  expect(text).toMatch(/^sallyport_run_seconds 0$/m)
  expect(text).toMatch(/^sallyport_run_budget_seconds 900$/m)
})

test('a file that cannot be used shows until its content can be', async () => {
  const { reloaded, render } = metricsOf()
  reloaded({ what: 'allowlist', used: false })
  expect(await render()).toMatch('sallyport_reload_refused{file="allowlist"} 1')
  reloaded({ what: 'allowlist', used: true })
  const text = await render()
  expect(text).toMatch('sallyport_reload_refused{file="allowlist"} 0')
  expect(text).toMatch('sallyport_reloads_total{file="allowlist",result="refused"} 1')
})

test('every counter is there from the start, so that its first increase is one, and no call adds a series', async () => {
  const metrics = metricsOf()
  const before = seriesOf(await metrics.render())
  expect(before).toContain('sallyport_runs_total{result="migration_failed"}')
  expect(before).toContain('sallyport_refused_requests_total{code="unauthorized"}')
  expect(before).toContain('sallyport_admitted_requests_total{credential="previous"}')
  metrics.refused('unauthorized')
  metrics.admitted('previous')
  metrics.reloaded({ what: 'tls', used: false })
  const engine = { migrate: () => Promise.resolve(completed) } as unknown as Engine
  await metrics.counting(engine).migrate({}, { credential: 'current' })
  expect(seriesOf(await metrics.render())).toEqual(before)
})

/** Ours alone; those of the process come and go. */
function seriesOf(text: string): string[] {
  return text
    .split('\n')
    .map((line) => line.replace(/ \S+$/, ''))
    .filter((line) => /^sallyport_(?!process|nodejs)/.test(line))
}
