import type { IncomingMessage } from 'node:http'
import type { RequestHandler } from 'express'
import { parseGroups } from '../network/address.js'
import { headerLines } from './header-lines.js'
import type { Refusal, Refuse } from './refuse.js'

export interface LimitsOptions {
  readonly refuse: Refuse
}

type Rule = (request: IncomingMessage) => Refusal | undefined

const maxHeaderLines = 100
/** Less than RFC 3986 allows, namely what names of machines are made of: `a,b` is two lines that something joined. */
const host = /^(?:[A-Za-z0-9._~-]+|\[([0-9A-Fa-f:.]+)\])(?::([0-9]{0,5}))?$/

function isHost(text: string): boolean {
  const [whole, literal, port = ''] = host.exec(text) ?? []
  if (whole === undefined || Number(port) > 65_535) return false
  return literal === undefined || parseGroups(literal)?.length === 8
}

/** Refuses requests that two HTTP implementations could read differently. The parser's own limits come before it. */
export function limitsGate({ refuse }: LimitsOptions): RequestHandler {
  return function limits(request, response, next) {
    // What HTTP/1.0 asks about keeping a connection is not standardised (RFC 9112 §C.2.2): its connections are closed.
    if (request.httpVersion === '1.0') response.setHeader('Connection', 'close')
    const refusal = limitExceeded(request)
    if (refusal === undefined) next()
    else refuse(request, response, refusal)
  }
}

/** The first limit that a request is beyond; undefined: it is within all of them. */
export function limitExceeded(request: IncomingMessage): Refusal | undefined {
  for (const rule of rules) {
    const refusal = rule(request)
    if (refusal !== undefined) return refusal
  }
  return undefined
}

const rules: readonly Rule[] = [
  /** Node drops lines past its own limit silently, so junk could push a proxy's `X-Forwarded-For` off. */
  function fewHeaderLines({ rawHeaders }) {
    if (rawHeaders.length <= maxHeaderLines * 2) return undefined
    return { code: 'header_fields_too_large', detail: `A request may have ${maxHeaderLines} header lines.` }
  },

  /** Node's parser takes `HTTP/0.9` and `HTTP/2.0` on a request line for versions like any other. */
  function knownVersion({ httpVersion }) {
    if (httpVersion === '1.1' || httpVersion === '1.0') return undefined
    return { code: 'bad_request', detail: 'HTTP/1.1 is spoken here.', reason: 'version' }
  },

  /**
   * RFC 9112 §6.1: a server answers 501 to a transfer coding that it does not understand, and takes one in HTTP/1.0, which
   * has none, for a sign of faulty framing.
   */
  function onlyChunked(request) {
    if (request.headers['transfer-encoding'] === undefined) return undefined
    if (request.httpVersion === '1.0') {
      return { code: 'bad_request', detail: 'HTTP/1.0 has no transfer codings.', reason: 'framing' }
    }
    const lines = headerLines(request, 'transfer-encoding')
    if (lines.length === 1 && lines[0]?.toLowerCase() === 'chunked') return undefined
    return { code: 'not_implemented', detail: 'The only transfer coding understood here is chunked.' }
  },

  /** RFC 9112 §3.2: 400 to a request of HTTP/1.1 without `Host`, with two, or with an invalid one. */
  function oneHost(request) {
    const lines = headerLines(request, 'host')
    if (lines.length === 0 && request.httpVersion === '1.0') return undefined
    if (lines.length === 1 && isHost(lines[0] ?? '')) return undefined
    return { code: 'bad_request', detail: 'A request has exactly one valid Host header.', reason: 'host' }
  },

  /** RFC 9112 §3.2: a path or a URL, neither of which has a fragment, nor the URL user information. */
  function plainTarget({ url = '', method }) {
    const authority = url.startsWith('/') ? undefined : /^https?:\/\/([^/?#]*)/i.exec(url)?.[1]
    const plain = authority === undefined ? url.startsWith('/') : isHost(authority)
    if (plain && !url.includes('#')) return undefined
    if (url === '*' && method === 'OPTIONS') return undefined
    return { code: 'bad_request', detail: 'The request target is not a path or a URL.', reason: 'target' }
  },

  /** RFC 9110 §10.1.1. */
  function expectation({ headers }) {
    const { expect } = headers
    if (expect === undefined || expect.toLowerCase() === '100-continue') return undefined
    return { code: 'expectation_failed', detail: 'The only expectation met here is 100-continue.' }
  },

  /**
   * RFC 8470 §5.2: early data can be replayed by whoever recorded it; a migration is no request to replay. §5.1: whatever
   * the header says, and however often, it is as if it said 1.
   */
  function notEarly(request) {
    if (request.headers['early-data'] === undefined) return undefined
    return {
      code: 'too_early',
      detail: 'This request came as early data; send it again after the handshake.',
    }
  },
]
