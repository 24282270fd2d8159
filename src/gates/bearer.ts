import type { IncomingMessage, ServerResponse } from 'node:http'
import type { RequestHandler } from 'express'
import type { Logger } from '../observe/logger.js'
import type { Actor } from '../runs/actor.js'
import { contextOf } from './context.js'
import { createRecogniser, type KnownCredential } from './credentials.js'
import { headerLines } from './header-lines.js'
import type { Refusal, Refuse } from './refuse.js'
import { createScrub, type Scrub, type ScrubOptions } from './scrub.js'
import type { Throttle } from './throttle.js'

/** Told which credential let a request through, and who that made its sender; the read secret makes no actor. */
export type OnAdmission = (credential: KnownCredential, actor?: Actor) => void

export interface BearerOptions extends ScrubOptions {
  readonly throttle: Throttle
  readonly refuse: Refuse
  readonly logger: Logger
  /** For metrics and the journal. Called synchronously, must not throw. */
  readonly onAdmission?: OnAdmission | undefined
}

/** Safe by RFC 9110 §9.2.1: the methods that a secret which may only look can use. */
const looking: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS', 'TRACE'])
const challenge = 'Bearer realm="migrate"'

/**
 * Lets a request through with a right token, and is the only place in which a request's `Actor` is made. A wrong one
 * counts towards the throttle; none, or another scheme, is no attempt and does not. A right token is never throttled;
 * the read secret passes too, but clears no count, or who holds it could try out the other without end.
 */
export function bearerGate(options: BearerOptions): RequestHandler {
  const recognise = createRecogniser(options.secrets)
  const admitting = { ...options, scrub: createScrub(options) }
  return function bearer(request, response, next) {
    const token = tokenOf(headerLines(request, 'authorization'))
    if (typeof token !== 'string') {
      options.refuse(request, response, token)
      return undefined
    }
    const credential = recognise(token)
    if (credential === undefined) return refuseWrong(request, response, options)
    if (credential !== 'read') admit(request, response, credential, admitting)
    else if (!looking.has(request.method)) {
      options.refuse(request, response, insufficientScope)
      return undefined
    }
    options.onAdmission?.(credential, contextOf(response).actor)
    next()
    return undefined
  }
}

/** RFC 6750 §2.1: the scheme in any case, spaces, one token. Any other scheme is as good as no credentials. */
function tokenOf(lines: readonly string[]): string | Refusal {
  if (lines.length !== 1) return lines.length === 0 ? missing : malformed
  const [scheme = '', ...rest] = (lines[0] ?? '').split(/([ \t]+)/)
  if (scheme.toLowerCase() !== 'bearer') return missing
  const [space = '', token = '', ...more] = rest
  return token === '' || more.length > 0 || space.includes('\t') ? malformed : token
}

async function refuseWrong(
  request: IncomingMessage,
  response: ServerResponse,
  { throttle, refuse }: BearerOptions,
): Promise<void> {
  const seconds = await throttle.failed(contextOf(response).client?.address)
  refuse(request, response, seconds === undefined ? wrong : tooMany(seconds))
}

function admit(
  request: IncomingMessage,
  response: ServerResponse,
  credential: 'current' | 'previous',
  { throttle, logger, scrub }: BearerOptions & { readonly scrub: Scrub },
): void {
  const context = contextOf(response)
  throttle.succeeded(context.client?.address)
  context.actor = actorFrom(request, response, credential, scrub)
  if (credential !== 'previous') return
  const { address, requestId } = context.actor
  const told = { credential, address, requestId, ...context.trace }
  logger.warn('the previous migration secret was used', told)
}

function actorFrom(
  { headers }: IncomingMessage,
  response: ServerResponse,
  credential: 'current' | 'previous',
  scrub: Scrub,
): Actor {
  const { client, requestId, trace } = contextOf(response)
  const userAgent = noted(headers['user-agent'], scrub)
  const declared = noted(printable(headers['x-actor']), scrub)?.slice(0, declaredLength)
  const actor: Draft = { credential, requestId: noted(requestId, scrub) ?? requestId }
  if (client?.address !== undefined) actor.address = client.address.text
  if (client?.viaProxy === true && client.hops !== undefined) actor.hops = client.hops.slice(0, maxHops)
  if (userAgent !== undefined) actor.userAgent = userAgent
  if (declared !== undefined) actor.declared = declared
  if (trace !== undefined) actor.traceId = trace.traceId
  return Object.freeze(actor)
}

/** Filled in member by member: to spread what there may be costs several times as much. */
type Draft = { -readonly [Name in keyof Actor]: Actor[Name] }

/** More proxies than these are cut from the record. */
const maxHops = 16
const declaredLength = 128

/** Names are UTF-8 on the wire, which Node reads as Latin-1; what cannot be printed is left out. */
function printable(value: string | string[] | undefined): string | undefined {
  if (typeof value !== 'string') return undefined
  const decoded = Buffer.from(value, 'latin1').toString('utf8')
  const text = (decoded.includes('\ufffd') ? value : decoded).replace(/\p{C}/gu, '').trim()
  return text || undefined
}

/** What the record keeps of a free text: 200 characters, and no secret. */
function noted(value: string | string[] | undefined, scrub: Scrub): string | undefined {
  return typeof value === 'string' ? scrub(value).slice(0, 200) : undefined
}

const missing: Refusal = Object.freeze({
  code: 'unauthorized',
  detail: 'Send the migration secret as "Authorization: Bearer …".',
  headers: Object.freeze({ 'WWW-Authenticate': challenge }),
  reason: 'missing',
})

const wrong: Refusal = Object.freeze({
  code: 'unauthorized',
  detail: 'The token is not the migration secret.',
  headers: Object.freeze({ 'WWW-Authenticate': `${challenge}, error="invalid_token"` }),
  reason: 'wrong',
})

const malformed: Refusal = Object.freeze({
  code: 'bad_request',
  detail: 'A request has exactly one Authorization header: "Bearer", a space, the token.',
  headers: Object.freeze({ 'WWW-Authenticate': `${challenge}, error="invalid_request"` }),
  reason: 'authorization',
})

const insufficientScope: Refusal = Object.freeze({
  code: 'insufficient_scope',
  detail: 'The read secret may only look; this method needs the migration secret.',
  headers: Object.freeze({ 'WWW-Authenticate': `${challenge}, error="insufficient_scope"` }),
})

function tooMany(seconds: number): Refusal {
  return {
    code: 'too_many_attempts',
    detail: 'Too many wrong tokens came from this network. The right one is accepted at any time.',
    headers: { 'Retry-After': seconds },
  }
}
