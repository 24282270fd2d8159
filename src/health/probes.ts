import { randomUUID } from 'node:crypto'
import express, { type Express, type Response, type Router } from 'express'
import type { ProblemCode } from '../problems/catalog.js'
import { sendProblem } from '../problems/respond.js'
import type { Metrics } from './metrics.js'
import type { Readiness, Reason } from './readiness.js'

export interface HealthOptions {
  readonly readiness: Pick<Readiness, 'check'>
  readonly metrics: Pick<Metrics, 'contentType' | 'render'>
  /** Whether the configuration was valid and every port listens. Default: always. */
  readonly started?: () => boolean
}

/** The probes and metrics, for an application of the host's own; other paths pass on. */
export function healthRouter({ readiness, metrics, started = () => true }: HealthOptions): Router {
  const router = express.Router({ caseSensitive: true, strict: true })
  const get = (path: string, answer: (response: Response) => void | Promise<void>): void => {
    router.get(path, (_request, response) => answer(response.set('Cache-Control', 'no-store')))
    router.all(path, (_request, response) => {
      response.set('Allow', 'GET, HEAD')
      problem(response, 'method_not_allowed', `${path} answers GET and HEAD.`)
    })
  }
  get('/livez', (response) => verdict(response, []))
  get('/startupz', (response) => verdict(response, started() ? [] : ['starting']))
  get('/readyz', async (response) => verdict(response, (await readiness.check()).reasons))
  get('/metrics', async (response) => {
    response.set('Content-Type', metrics.contentType).end(await metrics.render())
  })
  return router
}

/** What the health port serves: the probes, metrics, and 404 for everything else. */
export function healthApp(options: HealthOptions): Express {
  const app = express()
  app.disable('x-powered-by')
  app.disable('etag')
  app.use(healthRouter(options))
  app.use((_request, response) => {
    problem(response, 'not_found', 'This port serves /livez, /startupz, /readyz and /metrics.')
  })
  app.use(failed)
  return app
}

/** Express tells an error handler by its four parameters. Whatever fails here, no stack leaves the process. */
function failed(error: unknown, _request: unknown, response: Response, _next: unknown): void {
  if (response.headersSent) {
    response.destroy()
    return
  }
  const theirs = error instanceof Error && 'status' in error && error.status === 400
  if (theirs) problem(response, 'bad_request', 'The request target cannot be decoded.')
  else problem(response, 'internal_error', 'The probe itself failed; the log has more.')
}

function verdict(response: Response, reasons: readonly Reason[]): void {
  const status = reasons.length === 0 ? 'ok' : 'unavailable'
  response.status(reasons.length === 0 ? 200 : 503).json({ status, reasons })
}

function problem(response: Response, code: ProblemCode, detail: string): void {
  const requestId = randomUUID()
  response.set({ 'Cache-Control': 'no-store', 'X-Request-Id': requestId })
  sendProblem(response, code, { detail, requestId })
}
