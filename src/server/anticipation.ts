import type { Logger } from '../observe/logger.js'
import type { Engine, Standing } from '../runs/engine.js'
import type { Failed } from '../runs/outcome.js'

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
  const seeing =
    <T extends Standing>(look: () => Promise<T | Failed>) =>
    async () => {
      const seen = await look()
      if (!begun && 'pending' in seen && seen.pending.length > 0) {
        begun = true
        // The answer goes out first.
        setImmediate(() => void load())
      }
      return seen
    }
  return Object.freeze({ ...engine, standing: seeing(engine.standing), status: seeing(engine.status) })
}
