import { STATUS_CODES } from 'node:http'
import type { Duplex } from 'node:stream'
import { problemKinds, type ProblemCode } from '../problems/catalog.js'
import { problemDocument } from '../problems/document.js'
import { answerHeaders, newRequestId } from './envelope.js'

/** What a client gets for reading an answer, in milliseconds. */
const patienceMs = 2_000

/**
 * Writes a problem to a connection on which no request could be parsed, and closes it; for what never reaches Express.
 * Returns the request id that was made up for it.
 */
export function answerRaw(socket: Duplex, code: ProblemCode, detail: string): string {
  const requestId = newRequestId()
  const body = JSON.stringify(problemDocument(code, { detail, requestId }))
  const { status } = problemKinds[code]
  const headers: readonly (readonly [string, string])[] = [
    ...answerHeaders,
    ['X-Request-Id', requestId],
    ['Content-Type', 'application/problem+json'],
    ['Content-Length', String(Buffer.byteLength(body))],
    ['Connection', 'close'],
  ]
  const lines = headers.map(([name, value]) => `${name}: ${value}\r\n`).join('')
  // The HTTP server no longer watches over this connection, and whoever does not read would keep it.
  setTimeout(() => socket.destroy(), patienceMs).unref()
  socket.end(`HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}\r\n${lines}\r\n${body}`, () =>
    socket.destroy(),
  )
  return requestId
}
