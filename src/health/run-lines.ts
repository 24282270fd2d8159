import type { Logger } from '../observe/logger.js'
import type { Actor } from '../runs/actor.js'
import type { RunObserver } from '../runs/engine.js'
import type { Completed, Failed } from '../runs/outcome.js'

/** Two lines of the log for every run of this process, also where each of its callers had been answered or had left. */
export function runLines(logger: Logger): RunObserver {
  let underWay: { readonly runId: string; readonly startedAt: number } | undefined
  return Object.freeze({
    started: (runId: string, actor: Actor) => {
      underWay = { runId, startedAt: performance.now() }
      logger.info('run started', { runId, ...askerOf(actor) })
    },
    ended: (outcome: Completed | Failed, actor: Actor) => {
      if (underWay === undefined) return
      const { runId, startedAt } = underWay
      underWay = undefined
      const durationMs = Math.round(performance.now() - startedAt)
      const told = { runId, ...askerOf(actor), status: outcome.status, durationMs }
      const applied = (names: Completed['applied'] = []) => names.map(({ name }) => name)
      if (outcome.status !== 'failed')
        logger.info('run ended', { ...told, applied: applied(outcome.applied) })
      else {
        const { code, fields } = outcome
        const { migration, sqlState, rolledBack } = fields
        const failure = { code, migration, sqlState, applied: applied(fields.applied), rolledBack }
        logger.error('run ended', { ...told, ...failure })
      }
    },
  })
}

/** Who asked, as every line that is about a request names it. */
function askerOf({ credential, address, requestId, traceId }: Actor) {
  return { credential, address, requestId, traceId }
}
