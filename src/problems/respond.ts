import type { ServerResponse } from 'node:http'
import { problemKinds, type ProblemCode, type ProblemKind } from './catalog.js'
import { problemDocument, type ProblemFacts } from './document.js'
import { framedProblem } from './frame.js'

/** RFC 9457 §3. */
export const problemType = 'application/problem+json'

/** Answers with JSON. Not by Express' `json`, whose ETag, 304 and spacing follow the settings of the host application. */
export function sendJson(
  response: ServerResponse,
  status: number,
  body: unknown,
  contentType = 'application/json; charset=utf-8',
): void {
  const text = JSON.stringify(body)
  response.statusCode = status
  response.setHeader('Content-Type', contentType)
  response.setHeader('Content-Length', Buffer.byteLength(text))
  response.end(text)
}

/** Answers with `application/problem+json`, and `Retry-After` where the catalog has one and none was set. */
export function sendProblem(response: ServerResponse, code: ProblemCode, facts: ProblemFacts): void {
  const { retryAfter }: ProblemKind = problemKinds[code]
  if (retryAfter !== undefined && !response.hasHeader('Retry-After')) {
    response.setHeader('Retry-After', retryAfter)
  }
  const { detail, requestId, members, status } = facts
  const simple = members === undefined && status === undefined
  const bytes = simple ? framedProblem(code, detail, requestId) : undefined
  if (bytes === undefined) {
    const document = problemDocument(code, facts)
    sendJson(response, document.status, document, problemType)
    return
  }
  response.statusCode = problemKinds[code].status
  response.setHeader('Content-Type', problemType)
  response.setHeader('Content-Length', bytes.length)
  response.end(bytes, 'latin1')
}
