import type { Actor } from '../runs/actor.js'
import type { Engine, RunObserver } from '../runs/engine.js'
import type { Completed, Failed } from '../runs/outcome.js'
import type { GateMetrics } from './gate-metrics.js'
import type { Prometheus } from './prometheus.js'
import type { Readiness } from './readiness.js'

/** What Prometheus reads. Every label takes its values from a fixed list, so that no caller can grow the series. */
export interface Metrics extends GateMetrics {
  readonly contentType: string
  render(): Promise<string>
  /** The same engine; its calls are counted. */
  counting(engine: Engine): Engine
  /** To be told of the runs that this process carries out. */
  readonly runs: RunObserver
}

export interface MetricsOptions {
  readonly release: string
  /** Whether the door is served at all: `MIGRATION_ENDPOINT`. Default: true. */
  readonly endpoint?: boolean
  /** `MIGRATION_BUDGET` in milliseconds. */
  readonly budgetMs: number
  /** Whether a migration secret is set that nothing else uses. */
  readonly secretDedicated: () => boolean
  /** Whether a previous secret is accepted too. */
  readonly secretRotating: () => boolean
  readonly readiness: Pick<Readiness, 'last' | 'pending' | 'questions'>
}

/** What prom-client says of its own text. */
export const contentType = 'text/plain; version=0.0.4; charset=utf-8'

/** Milliseconds after what was counted first; the start is over by then, and has not waited for prom-client. */
const openAfterMs = 100

/** Counts from the start; the series are made a moment after there is something to count, or when they are asked for. */
export function createMetrics(options: MetricsOptions): Metrics {
  const { open, note } = createSeries(options)
  return Object.freeze({
    contentType,
    render: async () => (await open()).render(),
    refused: (code) => note((series) => series.refused(code)),
    admitted: (credential) => note((series) => series.admitted(credential)),
    reloaded: (reload) => note((series) => series.reloaded(reload)),
    runs: {
      started: (runId: string, actor: Actor) => {
        // How long it takes is measured from here.
        open().catch(() => undefined)
        note(({ runs }) => runs.started(runId, actor))
      },
      ended: (outcome: Completed | Failed, actor: Actor) => note(({ runs }) => runs.ended(outcome, actor)),
    },
    counting: (engine: Engine): Engine =>
      Object.freeze({
        ...engine,
        migrate: async (...call: Parameters<Engine['migrate']>) => {
          const outcome = await engine.migrate(...call)
          note((series) => series.called(outcome, call[1]))
          return outcome
        },
      }),
  } satisfies Metrics)
}

function createSeries(options: MetricsOptions) {
  const waiting: ((series: Prometheus) => void)[] = []
  let series: Prometheus | undefined
  let opening: Promise<Prometheus> | undefined
  let timer: NodeJS.Timeout | undefined
  const load = async (): Promise<Prometheus> => {
    const { createPrometheus } = await import('./prometheus.js')
    series = createPrometheus(options)
    for (const count of waiting.splice(0)) count(series)
    return series
  }
  const open = (): Promise<Prometheus> => (opening ??= load())
  return {
    open,
    note: (count: (series: Prometheus) => void): void => {
      if (series) {
        count(series)
        return
      }
      waiting.push(count)
      timer ??= setTimeout(() => void open().catch(() => undefined), openAfterMs).unref()
    },
  }
}
