import { Counter, Gauge, Histogram, Registry, collectDefaultMetrics } from 'prom-client'
import type { ProblemCode } from '../problems/catalog.js'
import type { Actor } from '../runs/actor.js'
import type { Engine } from '../runs/engine.js'
import type { Outcome } from '../runs/outcome.js'
import type { Readiness } from './readiness.js'

/** What Prometheus reads. Every label takes its values from a fixed list, so that no caller can grow the series. */
export interface Metrics {
  readonly contentType: string
  render(): Promise<string>
  /** Counts one refused request by the gate's code, such as `unauthorized`. */
  refused(code: ProblemCode): void
  /** Counts one request that passed the bearer gate, by the secret it came with. */
  admitted(credential: 'current' | 'previous' | 'read'): void
  /** Counts one changed file, such as the allowlist's, and whether its new content is in use. */
  reloaded(reload: { readonly what: 'secret' | 'allowlist' | 'tls'; readonly used: boolean }): void
  /** The same engine; its calls and runs are counted. */
  counting(engine: Engine): Engine
}

export interface MetricsOptions {
  readonly release: string
  /** Whether a migration secret is set that nothing else uses. */
  readonly secretDedicated: () => boolean
  /** Whether a previous secret is accepted too. */
  readonly secretRotating: () => boolean
  readonly readiness: Pick<Readiness, 'last' | 'pending'>
}

const runSeconds = [0.1, 0.5, 1, 5, 15, 60, 300, 900, 3600]

/** A registry of its own, beside whatever the host application registers. */
export function createMetrics(options: MetricsOptions): Metrics {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry, prefix: 'sallyport_' })
  registerGauges(registry, options)
  const observe = callCounter(registry)
  return Object.freeze({
    contentType: registry.contentType,
    render: () => registry.metrics(),
    ...gateCounters(registry),
    counting: (engine: Engine): Engine =>
      Object.freeze({
        ...engine,
        migrate: async (...call: Parameters<Engine['migrate']>) => {
          const outcome = await engine.migrate(...call)
          observe(outcome, call[1])
          return outcome
        },
      }),
  })
}

function gateCounters(registry: Registry): Pick<Metrics, 'admitted' | 'refused' | 'reloaded'> {
  const refusals = new Counter({
    name: 'sallyport_refused_requests_total',
    help: 'Requests that a gate refused, by code',
    labelNames: ['code'],
    registers: [registry],
  })
  const admissions = new Counter({
    name: 'sallyport_admitted_requests_total',
    help: 'Requests that passed the bearer gate, by the secret they came with',
    labelNames: ['credential'],
    registers: [registry],
  })
  const reloads = new Counter({
    name: 'sallyport_reloads_total',
    help: 'Changed files (secret, allowlist, tls), by result: used, or refused where the former content stays',
    labelNames: ['file', 'result'],
    registers: [registry],
  })
  return {
    admitted: (credential) => admissions.inc({ credential }),
    refused: (code) => refusals.inc({ code }),
    reloaded: ({ what, used }) => reloads.inc({ file: what, result: used ? 'used' : 'refused' }),
  }
}

function registerGauges(registry: Registry, { readiness, ...options }: MetricsOptions): void {
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
  gauge('ready', '1 once every shipped migration was seen applied, until draining', () =>
    Number(readiness.last().ready),
  )
  gauge('pending_migrations', 'Shipped migrations not applied when last seen', readiness.pending)
  const release = new Gauge({
    name: 'sallyport_release_info',
    help: 'Always 1; the label names the release',
    labelNames: ['release'],
    registers: [registry],
  })
  release.set({ release: options.release }, 1)
}

function callCounter(registry: Registry): (outcome: Outcome, actor: Actor) => void {
  const calls = new Counter({
    name: 'sallyport_migrate_calls_total',
    help: 'Calls that passed every gate, by result (a status or a failure code) and credential',
    labelNames: ['result', 'credential'],
    registers: [registry],
  })
  const durations = new Histogram({
    name: 'sallyport_run_duration_seconds',
    help: 'How long runs took, by result',
    labelNames: ['result'],
    buckets: runSeconds,
    registers: [registry],
  })
  return (outcome, actor) => {
    const result = outcome.status === 'failed' ? outcome.code : outcome.status
    calls.inc({ result, credential: actor.credential })
    const { runId, joined, durationMs } = runOf(outcome)
    if (runId && !joined && durationMs !== undefined) durations.observe({ result }, durationMs / 1000)
  }
}

/** The run that an outcome ends; nothing for one that goes on or never began. */
function runOf(outcome: Outcome): { runId?: string | null; joined?: boolean; durationMs?: number } {
  if (outcome.status === 'failed') return outcome.fields
  return outcome.status === 'running' || outcome.status === 'planned' ? {} : outcome
}
