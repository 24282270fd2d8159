import type { RequestHandler } from 'express'
import type { MigrationSecrets } from '../../config/settings.js'
import type { Allowlist } from '../network/allowlist.js'
import type { Logger } from '../observe/logger.js'
import { addressGate } from './address.js'
import { bearerGate, type OnAdmission } from './bearer.js'
import { browserGate } from './browser.js'
import { configuredGate } from './configured.js'
import { dressing, envelope } from './envelope.js'
import { inTurn } from './in-turn.js'
import { limitsGate } from './limits.js'
import { createRefuse, type Refuse, type RefusalReport } from './refuse.js'
import { createScrub } from './scrub.js'
import { createThrottle } from './throttle.js'

export interface ChainOptions {
  /** Asked for each request; a new object when a secret has changed. */
  readonly secrets: () => MigrationSecrets
  /** Asked for each request. */
  readonly allowlist: () => Allowlist
  readonly trustedProxies: Allowlist
  readonly loopbackListener?: boolean | undefined
  /** Whether a console is served at `/`. */
  readonly console: boolean
  /** Takes other secrets than the migration secrets out of what the record keeps of a caller. Default: none is known. */
  readonly redact?: ((text: string) => string) | undefined
  readonly logger: Logger
  readonly onRefusal?: ((report: RefusalReport) => void) | undefined
  readonly onAdmission?: OnAdmission | undefined
}

/** The gates in their order, each part one layer of Express. Method, path, query and body follow in the door. */
export interface Chain {
  /** Before anything that the standalone port serves. */
  readonly port: RequestHandler
  /** Before the door, after `port`. */
  readonly door: RequestHandler
  /** Before what else the standalone port serves, after `port`. */
  readonly pages: RequestHandler
  /** All of them before the door in a host application, whose own middlewares find the headers on the answer from the start. */
  readonly hosted: RequestHandler
  readonly refuse: Refuse
}

/** Nothing behind a gate happens before it; this is the one place that says in which order they stand. */
export function createChain(options: ChainOptions): Chain {
  // Other secrets, such as a short password of a database, may stand in a good id by chance.
  const scrub = createScrub({ secrets: options.secrets })
  const refuse = createRefuse({ ...options, scrub })
  const throttle = createThrottle()
  const dressed = dressing()
  const caller = [
    limitsGate({ refuse }),
    addressGate({ ...options, refuse }),
    browserGate({ ...options, refuse }),
  ]
  const door = [
    configuredGate({ ...options, refuse }),
    bearerGate({ ...options, throttle, refuse }), // a wrong token: 401, or by the throttle 429
    dressed,
  ]
  return Object.freeze({
    refuse,
    port: inTurn([envelope({ dressedLater: true, scrub }), ...caller]),
    door: inTurn(door),
    pages: dressed,
    hosted: inTurn([envelope({ scrub }), ...caller, ...door]),
  })
}
