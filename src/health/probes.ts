import { randomUUID } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
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

/** Answers one of its paths, or hands on to `next`; what a Node server calls, and an Express application as well. */
export type Probes = (request: IncomingMessage, response: ServerResponse, next: () => void) => void

type Answer = (response: ServerResponse) => void | Promise<void>

/** The probes and metrics, for an application of the host's own; other paths pass on. */
export function healthProbes({ readiness, metrics, started = () => true }: HealthOptions): Probes {
  const answers: ReadonlyMap<string, Answer> = new Map<string, Answer>([
    ['/livez', (response) => verdict(response, [])],
    ['/startupz', (response) => verdict(response, started() ? [] : ['starting'])],
    ['/readyz', async (response) => verdict(response, (await readiness.check()).reasons)],
    ['/metrics', async (response) => send(response, 200, metrics.contentType, await metrics.render())],
  ])
  return function probes(request, response, next) {
    const path = pathOf(request.url ?? '')
    const answer = answers.get(path)
    if (answer === undefined) {
      next()
      return
    }
    if (request.method === 'GET' || request.method === 'HEAD') void answered(answer, response)
    else {
      response.setHeader('Allow', 'GET, HEAD')
      problem(response, 'method_not_allowed', `${path} answers GET and HEAD.`)
    }
  }
}

/** What the health port serves: the probes, metrics, and 404 for everything else. */
export function healthApp(
  options: HealthOptions,
): (request: IncomingMessage, response: ServerResponse) => void {
  const probes = healthProbes(options)
  return (request, response) => {
    probes(request, response, () => {
      problem(response, 'not_found', 'This port serves /livez, /startupz, /readyz and /metrics.')
    })
  }
}

/** RFC 9112 §3.2: the target in origin form, or in absolute form, whose host is not looked at. */
function pathOf(target: string): string {
  const path = target.startsWith('/') ? target : target.replace(/^https?:\/\/[^/?#]*/i, '')
  const query = path.indexOf('?')
  return query === -1 ? path : path.slice(0, query)
}

/** Whatever fails here, no stack leaves the process. */
async function answered(answer: Answer, response: ServerResponse): Promise<void> {
  try {
    await answer(response)
  } catch {
    if (response.headersSent) response.destroy()
    else problem(response, 'internal_error', 'The probe itself failed; the log has more.')
  }
}

function verdict(response: ServerResponse, reasons: readonly Reason[]): void {
  const well = reasons.length === 0
  const body = JSON.stringify({ status: well ? 'ok' : 'unavailable', reasons })
  send(response, well ? 200 : 503, 'application/json; charset=utf-8', body)
}

function send(response: ServerResponse, status: number, type: string, body: string): void {
  const length = Buffer.byteLength(body)
  response.writeHead(status, { 'Cache-Control': 'no-store', 'Content-Type': type, 'Content-Length': length })
  response.end(body)
}

function problem(response: ServerResponse, code: ProblemCode, detail: string): void {
  const requestId = randomUUID()
  response.setHeader('Cache-Control', 'no-store').setHeader('X-Request-Id', requestId)
  sendProblem(response, code, { detail, requestId })
}
