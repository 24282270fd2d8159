import { headText } from './head-text.js'
import type { Readiness } from './readiness.js'
import type { Alert, Alerts } from '../observe/alerts.js'
import type { FailureCode } from '../problems/catalog.js'
import type { Actor } from '../runs/actor.js'
import type { Engine } from '../runs/engine.js'
import type { Failed } from '../runs/outcome.js'

export interface Watchers {
  readonly readiness: Pick<Readiness, 'failed' | 'succeeded'>
  readonly alerts: Pick<Alerts, 'send'>
}

/** Answers to the caller about the call itself: nobody else has to know. */
const callersOwn: ReadonlySet<FailureCode> = new Set([
  'unexpected_head',
  'draining',
  'unknown_run',
  'cancelled',
])

/**
 * The same engine; a failure becomes a reason of `/readyz` and an alert, one for each run however many joined it, and
 * one for a failure that goes on through several attempts in a row.
 */
export function watchEngine(engine: Engine, { readiness, alerts }: Watchers): Engine {
  let alerted: FailureCode | undefined
  let toldOfRun: string | null | undefined
  const tell = (failed: Failed, actor: Actor): void => {
    if (callersOwn.has(failed.code) || failed.fields.joined) return
    readiness.failed(failed.code)
    if (alerted === failed.code && actor.credential === 'boot') return
    alerted = failed.code
    alerts.send(alertOf(failed, actor, headText(engine.journal)))
  }
  const passed = (): void => {
    alerted = undefined
    readiness.succeeded()
  }
  // A run may outlive every call that waited for it, so its end is told where it ends.
  engine.observeRuns({
    started: () => undefined,
    ended: (outcome, actor) => {
      if (outcome.status === 'failed') {
        toldOfRun = outcome.fields.runId
        tell(outcome, actor)
      } else passed()
    },
  })
  const isTold = ({ fields: { runId } }: Failed): boolean => Boolean(runId) && runId === toldOfRun
  return Object.freeze({
    ...engine,
    migrate: async (...call: Parameters<Engine['migrate']>) => {
      const [order, actor] = call
      const outcome = await engine.migrate(...call)
      if (outcome.status === 'failed' && !order.dryRun && !isTold(outcome)) tell(outcome, actor)
      if (outcome.status === 'applied' || outcome.status === 'up_to_date') passed()
      return outcome
    },
  })
}

/** The server's own words may quote a row (`invalid input syntax for type integer: "…"`): they stay in answer and log. */
function alertOf(
  { code, detail, fields }: Failed,
  { credential, traceId }: Actor,
  journalHead: string | undefined,
): Alert {
  const { migration, sqlState, runId, message } = fields
  const known = { migration, sqlState, runId: runId ?? undefined, journalHead }
  const given = Object.entries(known).filter((tag): tag is [string, string] => tag[1] !== undefined)
  const quotesData = message !== undefined && (sqlState !== undefined || migration !== undefined)
  const instead = sqlState === undefined ? 'its own error, which the log has' : `SQLSTATE ${sqlState}`
  const told = quotesData ? detail.replaceAll(message, () => instead) : detail
  const tags = { credential, ...Object.fromEntries(given) }
  return { level: 'error', code, message: told, tags, ...(traceId !== undefined && { traceId }) }
}
