import { performance } from 'node:perf_hooks'

/**
 * What a contender answers from within its own process. `once` is the work that is timed; `prepare` gets it ready.
 *
 * @param {{ prepare: (given: { url: string, dir: string }) => Promise<void>, once: () => Promise<unknown>, close?: () => Promise<void> }} contender
 */
export function contender({ prepare, once, close = async () => {} }) {
  const calls = {
    prepare,
    close,
    /** Milliseconds of each time: at most so many, and after `atLeast` of them none once `forMs` have passed. */
    repeat: async ({ atMost, atLeast, forMs }) => {
      const until = performance.now() + forMs
      const took = []
      while (took.length < atMost && (took.length < atLeast || performance.now() < until)) {
        const startedAt = performance.now()
        await once()
        took.push(performance.now() - startedAt)
      }
      return took
    },
  }
  process.on('message', async ({ call, given }) => {
    try {
      process.send({ value: await calls[call](given) })
    } catch (error) {
      process.send({ failed: error instanceof Error ? error.stack : String(error) })
    }
  })
}
