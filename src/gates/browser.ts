import type { IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'
import type { RequestHandler } from 'express'
import { isLoopbackAddress, isLoopbackHost } from '../network/loopback.js'
import { contextOf } from './context.js'
import type { Refusal, Refuse } from './refuse.js'

export interface BrowserOptions {
  /** Whether the listener takes connections from this machine only. Default: asked of the socket's own listener. */
  readonly loopbackListener?: boolean | undefined
  /** Whether a console is served at `/`, to which a link from another site may lead. */
  readonly console: boolean
  readonly refuse: Refuse
}

/**
 * Refuses what another site's page makes a browser send, and a name that was rebound to this machine. It protects whoever
 * works in a browser next to the door; a program is not bound by these headers. No CORS header is ever sent.
 */
export function browserGate({ loopbackListener, console, refuse }: BrowserOptions): RequestHandler {
  return function browser(request, response, next) {
    const direct = contextOf(response).client?.viaProxy !== true
    const local = loopbackListener ?? listensOnLoopback(request.socket)
    if (direct && local && !namesThisMachine(request)) refuse(request, response, hostNotAllowed)
    else if (isCrossSite(request) && !(console && isNavigationToConsole(request))) {
      refuse(request, response, crossSite)
    } else next()
  }
}

const crossSite: Refusal = Object.freeze({
  code: 'cross_site',
  detail:
    'A page of another site made this request; the migration endpoint is called by programs and its console.',
})

const hostNotAllowed: Refusal = Object.freeze({
  code: 'host_not_allowed',
  detail: 'This listener is local; call it by localhost or a loopback address.',
})

/** `none`: typed or bookmarked. Whatever is neither of these counts as `cross-site`, a word of the future too. */
const ownSites: ReadonlySet<string> = new Set(['same-origin', 'same-site', 'none'])

function isCrossSite({ headers }: IncomingMessage): boolean {
  const site = headers['sec-fetch-site']
  if (typeof site === 'string') return !ownSites.has(site)
  const { origin, host } = headers
  return origin !== undefined && !isOriginOf(origin, host ?? '')
}

/** Whether the origin (RFC 6454) is the host that was called. The scheme may differ: TLS can end in front of us. */
function isOriginOf(origin: string, host: string): boolean {
  const scheme = /^https?:\/\//.exec(origin)?.[0]
  if (scheme === undefined) return false
  const port = scheme === 'https://' ? ':443' : ':80'
  const authority = origin.slice(scheme.length).toLowerCase()
  const called = host.toLowerCase()
  return authority === called || `${authority}${port}` === called
}

function isNavigationToConsole({ method, url, headers }: IncomingMessage): boolean {
  const navigates = headers['sec-fetch-mode'] === 'navigate' && headers['sec-fetch-dest'] === 'document'
  return method === 'GET' && url === '/' && navigates
}

/** RFC 9112 §3.2.2: an absolute-form target counts in place of `Host`; both must be local here. */
function namesThisMachine({ headers, url = '' }: IncomingMessage): boolean {
  const target = url.startsWith('/') ? undefined : /^https?:\/\/([^/?#]*)/i.exec(url)?.[1]
  if (target !== undefined && !isLoopbackHost(target)) return false
  return headers.host === undefined || isLoopbackHost(headers.host)
}

interface Accepted extends Socket {
  /** The listener that took the connection; Node sets it on every accepted socket. */
  readonly server?: { address?(): unknown }
}

/** Where the listener cannot be told, a loopback connection counts as one to a loopback listener. */
function listensOnLoopback(socket: Accepted): boolean {
  const bound = socket.server?.address?.()
  const own =
    typeof bound === 'object' && bound !== null && 'address' in bound ? bound.address : socket.localAddress
  return typeof own === 'string' && isLoopbackAddress(own)
}
