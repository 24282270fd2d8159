import type { IncomingMessage } from 'node:http'
import type { RequestHandler } from 'express'
import { headerLines } from './header-lines.js'
import type { Refusal, Refuse } from './refuse.js'

export interface LimitsOptions {
  readonly refuse: Refuse
}

type Rule = (request: IncomingMessage) => Refusal | undefined

const maxHeaderLines = 100
const host = /^(?:[A-Za-z0-9._~!$&'()*+,;=%-]+|\[[0-9A-Fa-f:.]+\])(?::[0-9]{0,5})?$/

/** Refuses requests that two HTTP implementations could read differently. The parser's own limits come before it. */
export function limitsGate({ refuse }: LimitsOptions): RequestHandler {
  return function limits(request, response, next) {
    for (const rule of rules) {
      const refusal = rule(request)
      if (refusal !== undefined) {
        refuse(request, response, refusal)
        return
      }
    }
    next()
  }
}

const rules: readonly Rule[] = [
  /** Node drops lines past its own limit silently, so junk could push a proxy's `X-Forwarded-For` off. */
  function fewHeaderLines({ rawHeaders }) {
    if (rawHeaders.length <= maxHeaderLines * 2) return undefined
    return { code: 'header_fields_too_large', detail: `A request may have ${maxHeaderLines} header lines.` }
  },

  /** RFC 9112 §6.1: a server answers 501 to a transfer coding that it does not understand. */
  function onlyChunked(request) {
    if (request.headers['transfer-encoding'] === undefined) return undefined
    const lines = headerLines(request, 'transfer-encoding')
    if (lines.length === 1 && lines[0]?.toLowerCase() === 'chunked') return undefined
    return { code: 'not_implemented', detail: 'The only transfer coding understood here is chunked.' }
  },

  /** RFC 9112 §3.2: 400 to a request of HTTP/1.1 without `Host`, with two, or with an invalid one. */
  function oneHost(request) {
    const lines = headerLines(request, 'host')
    if (lines.length === 0 && request.httpVersion === '1.0') return undefined
    if (lines.length === 1 && host.test(lines[0] ?? '')) return undefined
    return { code: 'bad_request', detail: 'A request has exactly one valid Host header.', reason: 'host' }
  },

  function plainTarget({ url = '', method }) {
    if (url.startsWith('/') || /^https?:\/\/[^/?#]/i.test(url)) return undefined
    if (url === '*' && method === 'OPTIONS') return undefined
    return { code: 'bad_request', detail: 'The request target is not a path or a URL.', reason: 'target' }
  },

  /** RFC 9110 §10.1.1. */
  function expectation({ headers }) {
    const { expect } = headers
    if (expect === undefined || expect.toLowerCase() === '100-continue') return undefined
    return { code: 'expectation_failed', detail: 'The only expectation met here is 100-continue.' }
  },

  /** RFC 8470 §5.2: early data can be replayed by whoever recorded it; a migration is no request to replay. */
  function notEarly(request) {
    if (!headerLines(request, 'early-data').includes('1')) return undefined
    return {
      code: 'too_early',
      detail: 'This request came as early data; send it again after the handshake.',
    }
  },
]
