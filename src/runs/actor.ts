/** The credential by which a run was allowed. `boot` and `pipeline` never came through the door. */
export type Credential = 'current' | 'previous' | 'boot' | 'pipeline'

/**
 * Who asked for a run. Made in one place per entrance (the bearer gate, the boot run, the command line);
 * the engine starts nothing without one.
 */
export interface Actor {
  readonly credential: Credential
  /** The caller's canonical address, as the allowlist judged it. */
  readonly address?: string
  /** The canonical addresses walked from the socket's peer to the client, at most 16; only where trusted proxies stood between. */
  readonly hops?: readonly string[]
  readonly requestId?: string
  readonly userAgent?: string
  /** `X-Actor`: what the caller says of itself, at most 128 characters; recorded, never believed. */
  readonly declared?: string
  /** Of the caller's `traceparent` (W3C Trace Context): 32 lower-case hexadecimal digits. */
  readonly traceId?: string
}
