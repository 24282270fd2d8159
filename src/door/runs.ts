import type { Request, RequestHandler, Response } from 'express'
import { actorOf } from '../gates/context.js'
import type { Refusal, Refuse } from '../gates/refuse.js'
import type { Engine, RunView } from '../runs/engine.js'
import { sendJson } from '../problems/respond.js'
import { answerTo, isFailed, outcomeAnswer, outcomeOf, pollHeaders } from './answer.js'
import { resumedFrom } from './event-ids.js'
import { followRun, sharedLooks } from './follow.js'
import { defaultLimit, hasQuery } from './query.js'
import { asked, sendAnswer, sendFailed, showJournalHead } from './send.js'
import { openRunStream } from './stream.js'

export interface RunRoutesOptions {
  readonly engine: Pick<Engine, 'run' | 'runs' | 'cancel' | 'journal'>
  readonly refuse: Refuse
}

/** The paths below `/runs`. */
export interface RunRoutes {
  readonly list: RequestHandler
  readonly one: RequestHandler
  readonly events: RequestHandler
  readonly outcome: RequestHandler
  readonly cancel: RequestHandler
}

const uuid = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i

type Found = (view: RunView, request: Request, response: Response) => void | Promise<void>
type Ask = (runId: string, response: Response) => ReturnType<Engine['run']>

/** Every replica answers for every run, and no `GET` writes. */
export function runRoutes({ engine, refuse }: RunRoutesOptions): RunRoutes {
  const found =
    (ask: Ask, answer: Found): RequestHandler =>
    async (request, response) => {
      const id = request.params['id']
      // What is no id is not worth a question to the database.
      const view = typeof id === 'string' && uuid.test(id) ? await ask(id.toLowerCase(), response) : undefined
      if (view === undefined) refuse(request, response, unknownRun)
      else if (isFailed(view)) sendFailed(request, response, view)
      else {
        showJournalHead(response, engine)
        await answer(view, request, response)
      }
    }
  const read: Ask = (runId) => engine.run(runId)
  const look = sharedLooks(engine)
  return Object.freeze({
    list: async (request: Request, response: Response) => {
      const parsed = await listingOf(request.url)
      if ('refusal' in parsed) {
        refuse(request, response, parsed.refusal)
        return
      }
      const runs = await engine.runs(parsed.limit)
      if (isFailed(runs)) sendFailed(request, response, runs)
      else {
        showJournalHead(response, engine)
        sendJson(response, 200, { runs })
      }
    },
    one: found(read, showRun),
    outcome: found(read, (view, request, response) => {
      sendAnswer(response, outcomeAnswer(view, asked(request, response)))
    }),
    events: found(read, (view, request, response) => streamRun(look, view, request, response)),
    cancel: found((runId, response) => engine.cancel(runId, actorOf(response)), acceptCancel),
  })
}

/** The schemas are loaded with the first call that has options. */
async function listingOf(
  target: string,
): Promise<{ readonly limit: number } | { readonly refusal: Refusal }> {
  if (!hasQuery(target)) return { limit: defaultLimit }
  const { parseListing } = await import('./options.js')
  return parseListing(target)
}

const unknownRun = Object.freeze({
  code: 'unknown_run',
  detail: 'No run has this id; GET …/runs lists the newest.',
} as const)

function showRun(view: RunView, _request: Request, response: Response): void {
  if (view.status === 'running') response.setHeader('Retry-After', 2)
  sendJson(response, 200, view)
}

/** Asked for; whether it came in time, the run's outcome tells. */
function acceptCancel(view: RunView, request: Request, response: Response): void {
  // The request's own path is that of the run, wherever the door is mounted.
  const headers = pollHeaders(view.runId, asked(request, response))
  for (const [name, value] of Object.entries(headers)) response.setHeader(name, value)
  sendJson(response, 202, view)
}

async function streamRun(
  look: Engine['run'],
  view: RunView,
  request: Request,
  response: Response,
): Promise<void> {
  const resumed = resumedFrom(request.headers['last-event-id'], view)
  if (resumed === 'done' && view.status !== 'running') {
    // The one answer after which an EventSource does not connect again (HTML Standard §9.2.3).
    response.writeHead(204).end()
    return
  }
  const told = resumed === 'done' ? undefined : resumed
  const events = openRunStream(response, told)
  const ended = request.method === 'HEAD' ? undefined : await followRun(look, view, events, told)
  if (ended !== undefined) {
    events.done(answerTo(outcomeOf(ended), asked(request, response)).body, ended.runId)
  }
  events.end()
}
