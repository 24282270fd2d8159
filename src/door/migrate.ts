import type { Request, RequestHandler, Response } from 'express'
import { actorOf, contextOf } from '../gates/context.js'
import type { Logger } from '../observe/logger.js'
import type { Refuse } from '../gates/refuse.js'
import type { TraceContext } from '../gates/traceparent.js'
import type { Actor } from '../runs/actor.js'
import type { Engine, Order, RunEvent } from '../runs/engine.js'
import type { Outcome } from '../runs/outcome.js'
import { answerTo } from './answer.js'
import { readJsonBody } from './body.js'
import type { OrderResult } from './options.js'
import { preferenceApplied, preferenceOf } from './prefer.js'
import { hasQuery } from './query.js'
import { asked, sendAnswer, showJournalHead } from './send.js'
import { openRunStream, wantsEvents, type RunStream } from './stream.js'

export interface MigrateRouteOptions {
  readonly engine: Pick<Engine, 'migrate' | 'journal'>
  readonly waitMs: number
  readonly refuse: Refuse
  readonly logger: Logger
}

/** `POST` on the door: reads the options, runs, and waits, streams or detaches. */
export function migrateRoute(options: MigrateRouteOptions): RequestHandler {
  return async function migrate(request: Request, response: Response) {
    const actor = actorOf(response)
    const body = await readJsonBody(request, response)
    const parsed = 'refusal' in body ? body : await orderOf(request.url, body.value)
    if ('refusal' in parsed) {
      options.refuse(request, response, parsed.refusal)
      return
    }
    const answer = wantsEvents(request.headers.accept) ? stream : wait
    const outcome = await answer(request, response, parsed.order, { ...options, actor })
    report(outcome, { actor, trace: contextOf(response).trace }, options)
  }
}

const nothingAsked: OrderResult = Object.freeze({ order: Object.freeze({}) })

/** The schemas, and the library behind them, are loaded with the first call that has options. */
async function orderOf(target: string, body: unknown): Promise<OrderResult> {
  if (body === undefined && !hasQuery(target)) return nothingAsked
  const { parseOrder } = await import('./options.js')
  return parseOrder(target, body)
}

interface Call extends MigrateRouteOptions {
  readonly actor: Actor
}

/** The engine is not told that a caller went away: a run outlives its connection. */
async function wait(request: Request, response: Response, order: Order, call: Call): Promise<Outcome> {
  const preference = preferenceOf(request.headers.prefer, call.waitMs)
  const outcome = await call.engine.migrate(order, call.actor, { waitMs: preference.waitMs })
  const applied = preferenceApplied(preference, outcome.status === 'running')
  if (applied !== undefined) response.setHeader('Preference-Applied', applied)
  showJournalHead(response, call.engine)
  sendAnswer(response, answerTo(outcome, asked(request, response)))
  return outcome
}

/** Milliseconds after which a stream is begun though nothing has happened, so that a proxy sees an answer. */
const openAfterMs = 1_000

/** What is refused before anything has happened is answered with its own status, as a caller without events is. */
async function stream(request: Request, response: Response, order: Order, call: Call): Promise<Outcome> {
  const to = asked(request, response)
  let opened: RunStream | undefined
  const events = (): RunStream => (opened ??= openRunStream(response))
  const opening = setTimeout(events, openAfterMs)
  const onEvent = (event: RunEvent): void => events().tell(event)
  const outcome = await call.engine
    .migrate(order, call.actor, { onEvent })
    .finally(() => clearTimeout(opening))
  if (outcome.status === 'failed' && opened === undefined) {
    showJournalHead(response, call.engine)
    sendAnswer(response, answerTo(outcome, to))
    return outcome
  }
  events().done(answerTo(outcome, to).body, runIdOf(outcome))
  events().end()
  return outcome
}

function runIdOf(outcome: Outcome): string | null {
  if (outcome.status === 'planned') return null
  return (outcome.status === 'failed' ? outcome.fields.runId : outcome.runId) ?? null
}

/** A rolling deploy meets both: a call that finds the old replica, and one that finds it leaving. */
const everyday: ReadonlySet<string> = new Set(['draining', 'unexpected_head'])

interface Asker {
  readonly actor: Actor
  readonly trace: TraceContext | undefined
}

function report(outcome: Outcome, { actor, trace }: Asker, { logger, engine }: MigrateRouteOptions): void {
  const { credential, address, requestId } = actor
  const head = engine.journal.head()
  const journalHead = head && `${head.seq}:${head.hash}`
  const asker = { credential, address, requestId, ...trace, ...(journalHead && { journalHead }) }
  if (outcome.status !== 'failed') {
    logger.info('migration call answered', { ...asker, status: outcome.status, runId: runIdOf(outcome) })
    return
  }
  const { code, detail, fields, cause } = outcome
  const told = { ...asker, code, runId: fields.runId ?? null }
  if (everyday.has(code)) logger.info(`migration call not taken: ${detail}`, told)
  else logger.error(`migration call failed: ${detail}`, told)
  if (cause !== undefined) logger.debug('the original error', { requestId, ...trace, code, error: cause })
}
