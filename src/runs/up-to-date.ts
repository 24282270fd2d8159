import type { EngineOptions } from './options.js'
import type { Completed } from './outcome.js'

/** It is no run: nothing was pending. */
export function upToDate({ release }: EngineOptions, ahead: readonly string[], startedAt: number): Completed {
  return Object.freeze({
    status: 'up_to_date',
    runId: null,
    batch: null,
    applied: [],
    ...(ahead.length > 0 ? { ahead } : {}),
    durationMs: Math.round(performance.now() - startedAt),
    joined: false,
    release,
  })
}
