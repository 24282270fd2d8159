import { Counter, Gauge, Histogram, type Registry } from 'prom-client'
import { failureCodes } from '../problems/catalog.js'
import type { Actor, Credential } from '../runs/actor.js'
import type { RunObserver } from '../runs/engine.js'
import type { Outcome } from '../runs/outcome.js'

/** Counts the calls that passed every gate, and the runs that this process carried out. */
export interface RunMetrics {
  readonly called: (outcome: Outcome, actor: Actor) => void
  readonly runs: RunObserver
}

const runSeconds = [0.1, 0.5, 1, 5, 15, 60, 300, 900, 3600]
const credentials: readonly Credential[] = ['current', 'previous', 'boot', 'pipeline']
const successes = ['applied', 'up_to_date', 'planned', 'running'] as const

/** `budgetMs` is what a run may spend on waiting: shown beside how long the run under way takes. */
export function registerRunMetrics(registry: Registry, budgetMs: number): RunMetrics {
  const registers = [registry]
  const calls = new Counter({
    name: 'sallyport_migrate_calls_total',
    help: 'Calls that passed every gate, by result (a status or a failure code) and credential',
    labelNames: ['result', 'credential'],
    registers,
  })
  const runs = new Counter({
    name: 'sallyport_runs_total',
    help: 'Runs that this process carried out to their end, by result (applied or a failure code)',
    labelNames: ['result'],
    registers,
  })
  // A series that begins at 1 has never increased as Prometheus sees it: each begins at 0.
  for (const result of [...successes, ...failureCodes])
    for (const credential of credentials) calls.inc({ result, credential }, 0)
  for (const result of ['applied', ...failureCodes]) runs.inc({ result }, 0)
  const timed = registerDurations(registry, budgetMs)
  return Object.freeze({
    called: (outcome: Outcome, { credential }: Actor) => calls.inc({ result: resultOf(outcome), credential }),
    runs: {
      started: timed.started,
      ended: (outcome: Outcome) => {
        runs.inc({ result: resultOf(outcome) })
        timed.ended(resultOf(outcome))
      },
    },
  })
}

function registerDurations(registry: Registry, budgetMs: number) {
  let startedAt: number | undefined
  const elapsed = (): number => (startedAt === undefined ? 0 : (performance.now() - startedAt) / 1000)
  const durations = new Histogram({
    name: 'sallyport_run_duration_seconds',
    help: 'How long runs took where they were carried out, by result',
    labelNames: ['result'],
    buckets: runSeconds,
    registers: [registry],
  })
  new Gauge({
    name: 'sallyport_run_seconds',
    help: 'For how long the run under way in this process has been going on; 0 where there is none',
    registers: [registry],
    collect() {
      this.set(elapsed())
    },
  })
  const budget = new Gauge({
    name: 'sallyport_run_budget_seconds',
    help: 'MIGRATION_BUDGET: what a run may spend on waiting',
    registers: [registry],
  })
  budget.set(budgetMs / 1000)
  return {
    started: (): void => {
      startedAt = performance.now()
    },
    ended: (result: string): void => {
      durations.observe({ result }, elapsed())
      startedAt = undefined
    },
  }
}

function resultOf(outcome: Outcome): string {
  return outcome.status === 'failed' ? outcome.code : outcome.status
}
