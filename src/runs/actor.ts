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
  readonly requestId?: string
  readonly userAgent?: string
  /** `X-Actor`: what the caller says of itself; recorded, never believed. */
  readonly declared?: string
}
