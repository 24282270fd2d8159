import express, { type Request, type RequestHandler, type Response, type Router } from 'express'
import type { MigrationSecrets } from '../../config/settings.js'
import type { Refuse } from '../gates/refuse.js'
import type { Logger } from '../observe/logger.js'
import { sendJson } from '../problems/respond.js'
import type { Engine } from '../runs/engine.js'
import { answerTo, isFailed } from './answer.js'
import { asked, sendAnswer, sendFailed, showJournalHead } from './send.js'
import { migrateRoute } from './migrate.js'
import { refuseQuery } from './query.js'
import { runRoutes } from './runs.js'

export interface DoorOptions {
  readonly engine: Engine
  readonly secrets: () => MigrationSecrets
  /** How long a POST waits before it answers 202. Milliseconds. */
  readonly waitMs: number
  readonly refuse: Refuse
  readonly logger: Logger
  /** What `GET …/check` answers; without it there is no such path. */
  readonly checklist?: (() => Promise<unknown>) | undefined
}

/** What stands behind the gates: method and path, then the options, then the engine. Nothing passes through it. */
export function createDoor(options: DoorOptions): Router {
  const { refuse, checklist } = options
  const router = express.Router()
  const runs = runRoutes(options)
  const look = (handler: RequestHandler): RequestHandler[] => [withoutOptions(refuse), handler]
  router.use(onlyPlainPaths(refuse))
  router
    .route('/')
    .get(look(statusRoute(options)))
    .post(migrateRoute(options))
    .all(only('GET, HEAD, POST', refuse))
  router
    .route('/plan')
    .get(look(planRoute(options)))
    .all(only('GET, HEAD', refuse))
  if (checklist)
    router
      .route('/check')
      .get(look(checkRoute(checklist)))
      .all(only('GET, HEAD', refuse))
  router.route('/runs').get(runs.list).all(only('GET, HEAD', refuse))
  router
    .route('/runs/:id')
    .get(look(runs.one))
    .delete(look(runs.cancel))
    .all(only('GET, HEAD, DELETE', refuse))
  router.route('/runs/:id/events').get(look(runs.events)).all(only('GET, HEAD', refuse))
  router.route('/runs/:id/outcome').get(look(runs.outcome)).all(only('GET, HEAD', refuse))
  router.use(noSuchPath(refuse))
  return router
}

/** Express takes `/api/migrate//` for `/api/migrate`; proxies differ about it, so it is none of ours. */
function onlyPlainPaths(refuse: Refuse): RequestHandler {
  const absent = noSuchPath(refuse)
  return function plainPath(request, response, next) {
    if (request.path.includes('//')) void absent(request, response, next)
    else next()
  }
}

/** 404 for whatever is left. */
export function noSuchPath(refuse: Refuse): RequestHandler {
  return function notFound(request, response) {
    refuse(request, response, { code: 'not_found', detail: 'There is nothing under this path.' })
  }
}

/** 405 for every other method. */
export function only(allow: string, refuse: Refuse): RequestHandler {
  return function methodNotAllowed(request, response) {
    const detail = `This path answers ${allow}.`
    refuse(request, response, { code: 'method_not_allowed', detail, headers: { Allow: allow } })
  }
}

/** 400 for a query where none is known. */
export function withoutOptions(refuse: Refuse): RequestHandler {
  return function noQuery(request, response, next) {
    const refusal = refuseQuery(request.url)
    if (refusal === undefined) next()
    else refuse(request, response, refusal)
  }
}

function statusRoute({ engine, secrets }: DoorOptions): RequestHandler {
  return async function status(request: Request, response: Response) {
    const now = await engine.status()
    if (isFailed(now)) {
      sendFailed(request, response, now)
      return
    }
    showJournalHead(response, engine)
    const { usable, previous } = secrets()
    const secret = { dedicated: usable, rotating: previous !== undefined }
    sendJson(response, 200, { ...now, secret, release: engine.release })
  }
}

/** What a dry run would answer, for those too who may only look. */
function planRoute({ engine }: DoorOptions): RequestHandler {
  return async function plan(request: Request, response: Response) {
    sendAnswer(response, answerTo(await engine.plan(), asked(request, response)))
  }
}

function checkRoute(checklist: () => Promise<unknown>): RequestHandler {
  return async function check(_request, response) {
    sendJson(response, 200, await checklist())
  }
}
