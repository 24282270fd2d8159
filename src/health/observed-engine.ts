import type { Alerts } from '../observe/alerts.js'
import type { Logger } from '../observe/logger.js'
import type { ProblemCode } from '../problems/catalog.js'
import type { Engine } from '../runs/engine.js'
import { createMetrics, type Metrics } from './metrics.js'
import { createRefusalWatch } from './refusal-watch.js'
import { runLines } from './run-lines.js'
import { runCheckIns } from './run-check-ins.js'
import { createReadiness, type Readiness } from './readiness.js'
import { watchEngine, type Watchers } from './watched-engine.js'

/** An engine whose calls are counted and whose failures show, with what shows them. */
export interface ObservedEngine {
  readonly engine: Engine
  readonly readiness: Readiness
  readonly metrics: Metrics
}

export interface ObserveOptions {
  readonly alerts: Watchers['alerts'] & Pick<Alerts, 'checkIn'>
  /** Told of each run, whoever still waits for it. */
  readonly logger: Logger
  /** Whether the door is served. */
  readonly endpoint: boolean
  readonly budgetMs: number
  /** The migration secrets as they are now. */
  readonly secrets: () => { readonly usable: boolean; readonly previous: string | undefined }
}

/** What library and server see of a run beside its answer: metrics, readiness, alerts. The probes ask `bare`, uncounted. */
export function observeEngine(
  bare: Engine,
  { alerts, logger, secrets, endpoint, budgetMs }: ObserveOptions,
): ObservedEngine {
  const readiness = createReadiness({ standing: () => bare.standing() })
  const metrics = createMetrics({
    release: bare.release,
    endpoint,
    budgetMs,
    secretDedicated: () => secrets().usable,
    secretRotating: () => secrets().previous !== undefined,
    readiness,
  })
  bare.observeRuns(metrics.runs)
  bare.observeRuns(runCheckIns(alerts, bare))
  bare.observeRuns(runLines(logger))
  const rising = createRefusalWatch(alerts)
  const refused = (code: ProblemCode): void => {
    metrics.refused(code)
    rising(code)
  }
  return Object.freeze({
    engine: watchEngine(metrics.counting(bare), { readiness, alerts }),
    readiness,
    metrics: Object.freeze({ ...metrics, refused }),
  })
}
