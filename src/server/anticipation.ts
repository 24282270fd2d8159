import type { Logger } from '../observe/logger.js'
import type { Engine } from '../runs/engine.js'

/**
 * The same engine; once a look at the state has found something pending, what only a run needs is loaded, so that the
 * call which starts it need not wait for that. A replica that is up to date never loads it.
 */
export function anticipating(engine: Engine, logger: Pick<Logger, 'debug'>): Engine {
  let begun = false
  const load = async (): Promise<void> => {
    await engine.loadForRun()
    logger.debug('something is pending: what a run needs is loaded')
  }
  return Object.freeze({
    ...engine,
    status: async () => {
      const status = await engine.status()
      if (!begun && 'pending' in status && status.pending.length > 0) {
        begun = true
        // The answer goes out first.
        setImmediate(() => void load())
      }
      return status
    },
  })
}
