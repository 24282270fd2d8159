import type { Kind } from '../sets/migration-set.js'

/** What is killed. */
export const kills = ['client', 'backend', 'postmaster', 'lock', 'stop'] as const
export type Kill = (typeof kills)[number]

/** How the client reaches PostgreSQL. */
export type Route = { readonly via: 'direct' } | { readonly via: 'pgbouncer'; readonly pool: number }

/** `direct`, `pgbouncer 24`. */
export const routeName = (route: Route): string =>
  route.via === 'direct' ? 'direct' : `pgbouncer ${route.pool}`

/** A cell of the table: what is counted together. */
export interface Cell {
  readonly kind: Kind
  readonly route: Route
  readonly kill: Kill
}

/** `mixed · direct · client`. */
export const cellName = ({ kind, route, kill }: Cell): string => `${kind} · ${routeName(route)} · ${kill}`

/** When a kill comes: so long after the first message, or around exactly this message. */
export type Moment =
  | { readonly at: 'random'; readonly ms: number }
  | { readonly at: 'message'; readonly message: number; readonly when: 'before' | 'after' }

/** One round, wholly determined by the seed and its number. */
export interface RoundPlan {
  readonly index: number
  readonly seed: string
  readonly cell: Cell
  readonly callers: number
  /** One after the other: a kill of the first run, then of the run that recovers, and so on. Empty: nothing is killed. */
  readonly moments: readonly Moment[]
}

/** What a round found. */
export interface RoundReport {
  readonly index: number
  readonly cell: string
  /** How many of the kills met something to kill. */
  readonly kills: number
  /** How the round ended: the next call did it, after it had asked, or somebody has to mend it by hand. */
  readonly end: 'itself' | 'asked' | 'person'
  readonly violations: readonly string[]
  /** Migrations that were found applied and not recorded right after a kill. */
  readonly unrecorded: { readonly transactional: number; readonly other: number }
  /** Writes of a resumed stale process through a pooler, outside a transaction: the window that is documented. */
  readonly pooledWindow: number
  /** Of the first call that nothing was done to. */
  readonly messages: number
  readonly spanMs: number
  readonly ms: number
}
