import type { Engine } from '../runs/engine.js'

/** The calls of an engine that have not come back yet. */
export interface CallsUnderWay {
  /** The same engine; its calls are remembered. */
  watching(engine: Engine): Engine
  /** Resolves once each that is under way now has its outcome. Never rejects. */
  settled(): Promise<unknown>
}

/** A call may outlive its connection, its listener and the drain; its outcome is still told in the log. */
export function createCallsUnderWay(): CallsUnderWay {
  const calls = new Set<Promise<unknown>>()
  return Object.freeze({
    watching: (engine: Engine): Engine =>
      Object.freeze({
        ...engine,
        migrate: async (...call: Parameters<Engine['migrate']>) => {
          const outcome = engine.migrate(...call)
          calls.add(outcome)
          try {
            return await outcome
          } finally {
            calls.delete(outcome)
          }
        },
      }),
    settled: () => Promise.allSettled(calls),
  })
}
