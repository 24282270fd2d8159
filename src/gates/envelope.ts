import { randomUUID } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { RequestHandler } from 'express'
import helmet from 'helmet'
import { beginContext, contextOf } from './context.js'
import { headerLines } from './header-lines.js'
import type { Scrub } from './scrub.js'
import { traceContextOf } from './traceparent.js'

/** Unreserved characters only (RFC 3986 §2.3), so that an id can stand in a log line, a header and a URN as it is. */
const usableRequestId = /^[A-Za-z0-9._~-]{1,128}$/

/**
 * The headers of every answer. helmet's are the same for every request, so helmet runs once, here, and its outcome is
 * kept: a dozen `setHeader` calls in place of a dozen middlewares.
 */
export const answerHeaders: readonly (readonly [name: string, value: string])[] = Object.freeze([
  ['Cache-Control', 'no-store'],
  ...helmetHeaders(),
])

const flatHeaders: readonly string[] = answerHeaders.flat()

export interface EnvelopeOptions {
  /** Whether `dressing` follows behind the gates, so that a refusal before it is sent with its headers at once. Default: false. */
  readonly dressedLater?: boolean
  /** An id in which this finds a secret is replaced like one that could forge a log line. Default: none is looked for. */
  readonly scrub?: Scrub | undefined
}

/** First gate: gives the request its id and the answer its headers. Refuses nothing. */
export function envelope({ dressedLater = false, scrub }: EnvelopeOptions = {}): RequestHandler {
  return function envelopeGate(request, response, next) {
    const trace = traceContextOf(headerLines(request, 'traceparent'))
    beginContext(response, requestIdOf(request, scrub), trace).undressed = true
    withdrawForeignHeaders(response)
    if (!dressedLater) dress(response)
    next()
  }
}

/**
 * Gives the answer its headers behind the gates of the standalone port. In a host application, whose middlewares look for
 * them on the answer, the envelope does.
 */
export function dressing(): RequestHandler {
  return function dressingGate(_request, response, next) {
    dress(response)
    next()
  }
}

/** Puts the headers of every answer on this one, if they are not there yet. */
export function dress(response: ServerResponse): void {
  const context = contextOf(response)
  if (context.undressed !== true) return
  context.undressed = false
  for (const [name, value] of answerHeaders) response.setHeader(name, value)
  response.setHeader('X-Request-Id', context.requestId)
}

/**
 * The headers of every answer as `writeHead` takes them, name and value in turn; undefined where they are on the answer
 * already, or it has others. Whoever takes them sends them.
 */
export function takeHeaders(response: ServerResponse): string[] | undefined {
  const context = contextOf(response)
  if (context.undressed !== true || response.getHeaderNames().length > 0) return undefined
  context.undressed = false
  return [...flatHeaders, 'X-Request-Id', context.requestId]
}

/** A fresh id for what has none, or one that could forge a log line. */
export function newRequestId(): string {
  return randomUUID()
}

/** What goes into every answer, log line and record of this request. */
function requestIdOf({ headers }: IncomingMessage, scrub: Scrub | undefined): string {
  const given = headers['x-request-id']
  if (typeof given !== 'string' || !usableRequestId.test(given)) return newRequestId()
  return scrub === undefined || scrub(given) === given ? given : newRequestId()
}

/** What Express, or a middleware of the host application before the door, has already put on the answer. */
function withdrawForeignHeaders(response: ServerResponse): void {
  for (const name of response.getHeaderNames()) {
    if (name === 'x-powered-by' || name.startsWith('access-control-')) response.removeHeader(name)
  }
}

/** An API has nothing to load or frame, so its policy is the narrowest; a page served beside it sets its own. */
function helmetHeaders(): [string, string][] {
  const headers: [string, string][] = []
  const none = ["'none'"]
  const protect = helmet({
    contentSecurityPolicy: {
      useDefaults: false,
      directives: { defaultSrc: none, baseUri: none, formAction: none, frameAncestors: none },
    },
    xFrameOptions: { action: 'deny' },
  })
  const recorder = {
    setHeader: (name: string, value: string) => headers.push([name, value]),
    removeHeader: () => {},
  }
  protect(undefined as unknown as IncomingMessage, recorder as unknown as ServerResponse, () => {})
  return headers
}
