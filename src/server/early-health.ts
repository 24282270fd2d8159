import { contentType } from '../health/metrics.js'
import type { ObservedEngine } from '../health/observed-engine.js'
import type { HealthOptions } from '../health/probes.js'
import type { Verdict } from '../health/readiness.js'

/** The probes of a process that is still being put together. */
export interface EarlyHealth {
  readonly options: HealthOptions
  /** From now on readiness is asked of this. */
  observe(engine: Pick<ObservedEngine, 'readiness' | 'metrics'>): void
  /** Every port listens. */
  start(): void
}

const starting: Verdict = Object.freeze({ ready: false, reasons: ['starting'] as const })

/** Alive from the first moment, and `starting` until there is something to ask. */
export function createEarlyHealth(): EarlyHealth {
  let observed: Pick<ObservedEngine, 'readiness' | 'metrics'> | undefined
  let started = false
  return Object.freeze({
    options: {
      started: () => started,
      // A pod that is ready is called, so not before its ops port listens.
      readiness: { check: async () => (started ? observed?.readiness.check() : undefined) ?? starting },
      metrics: { contentType, render: async () => observed?.metrics.render() ?? '' },
    },
    observe: (engine: Pick<ObservedEngine, 'readiness' | 'metrics'>) => void (observed = engine),
    start: () => void (started = true),
  })
}
