import { Counter, Gauge, Registry, collectDefaultMetrics } from 'prom-client'
import { registerGateMetrics, type GateMetrics } from './gate-metrics.js'
import type { MetricsOptions } from './metrics.js'
import { reasons } from './readiness.js'
import { registerRunMetrics, type RunMetrics } from './run-metrics.js'

/** The series themselves, and what counts them. */
export interface Prometheus extends GateMetrics, RunMetrics {
  render(): Promise<string>
}

/** A registry of its own, beside whatever the host application registers. */
export function createPrometheus(options: MetricsOptions): Prometheus {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry, prefix: 'sallyport_' })
  registerState(registry, options)
  registerReasons(registry, options)
  const { called, runs } = registerRunMetrics(registry, options.budgetMs)
  return Object.freeze({
    render: () => registry.metrics(),
    ...registerGateMetrics(registry),
    runs,
    called,
  })
}

function registerState(registry: Registry, { readiness, ...options }: MetricsOptions): void {
  const gauge = (name: string, help: string, read: () => number | undefined): void => {
    new Gauge({
      name: `sallyport_${name}`,
      help,
      registers: [registry],
      collect() {
        const value = read()
        if (value === undefined) this.remove()
        else this.set(value)
      },
    })
  }
  gauge('secret_dedicated', '1 while a migration secret is set that nothing else uses', () =>
    Number(options.secretDedicated()),
  )
  gauge('secret_rotating', '1 while the previous migration secret is accepted too', () =>
    Number(options.secretRotating()),
  )
  gauge('endpoint', '1 where the door is served; 0 with MIGRATION_ENDPOINT=off', () =>
    Number(options.endpoint ?? true),
  )
  gauge('ready', '1 once every shipped migration was seen applied, until draining', () =>
    Number(readiness.last().ready),
  )
  gauge('pending_migrations', 'Shipped migrations not applied when last seen', readiness.pending)
  new Counter({
    name: 'sallyport_probe_questions_total',
    help: 'Times that probes have asked the database: at most one a second, none once ready',
    registers: [registry],
    collect() {
      this.reset()
      this.inc(readiness.questions())
    },
  })
}

/** What `/readyz` says, as series: one for each reason there is, 1 while it holds. */
function registerReasons(registry: Registry, { readiness, release }: MetricsOptions): void {
  new Gauge({
    name: 'sallyport_not_ready',
    help: 'What /readyz says: 1 for each reason that held when a probe last asked',
    labelNames: ['reason'],
    registers: [registry],
    collect() {
      const now = new Set<string>(readiness.last().reasons)
      for (const reason of reasons) this.set({ reason }, Number(now.has(reason)))
    },
  })
  const info = new Gauge({
    name: 'sallyport_release_info',
    help: 'Always 1; the label names the release',
    labelNames: ['release'],
    registers: [registry],
  })
  info.set({ release }, 1)
}
