import type { ServerResponse } from 'node:http'
import type { Client } from '../network/client-address.js'
import type { TraceContext } from './traceparent.js'
import type { Actor } from '../runs/actor.js'

/** What the gates found out about a request, each fact set by exactly one of them. */
export interface RequestContext {
  /** Set by the envelope. */
  readonly requestId: string
  /** Set by the envelope: whether the headers of every answer are still to be put on this one. */
  undressed?: boolean
  /** Set by the envelope, where the caller sent a valid `traceparent`. */
  readonly trace?: TraceContext
  /** Set by the address gate, which lets nobody pass whom the allowlist does not admit. */
  client?: Client
  /** Set by the bearer gate, for a token that may act. */
  actor?: Actor
}

/** On the response itself, not on `locals`, which a template engine or a host application may fill or replace. */
const key = Symbol('sallyport request')

interface Carrier extends ServerResponse {
  [key]?: RequestContext
}

/** Starts a request's context; called by the envelope. */
export function beginContext(
  response: ServerResponse,
  requestId: string,
  trace?: TraceContext,
): RequestContext {
  const context: RequestContext = trace === undefined ? { requestId } : { requestId, trace }
  ;(response as Carrier)[key] = context
  return context
}

/** The request's context. Throws where the envelope was not passed: a gate mounted without its chain. */
export function contextOf(response: ServerResponse): RequestContext {
  const context = (response as Carrier)[key]
  if (context === undefined) throw new Error('this request has not passed the first gate of the chain')
  return context
}

/** Whether the envelope was passed. */
export function hasContext(response: ServerResponse): boolean {
  return (response as Carrier)[key] !== undefined
}

/** Who asked. Throws where the bearer gate was not passed with a token that may act: no run starts without one. */
export function actorOf(response: ServerResponse): Actor {
  const { actor } = contextOf(response)
  if (actor === undefined) throw new Error('this request has not passed the bearer gate')
  return actor
}
