import express, { type RequestHandler } from 'express'
import { addressGate } from '../gates/address.js'
import { bearerGate } from '../gates/bearer.js'
import { configuredGate } from '../gates/configured.js'
import { hasContext } from '../gates/context.js'
import { envelope } from '../gates/envelope.js'
import { createRefuse, type RefusalReport, type Refuse } from '../gates/refuse.js'
import { createScrub } from '../gates/scrub.js'
import { createThrottle } from '../gates/throttle.js'
import { createAllowlist } from '../network/allowlist.js'
import type { Network } from '../network/cidr.js'
import { silentLogger, type Logger } from '../observe/logger.js'
import { OptionsError, refuseNoOptions, unknownOptions } from './misuse.js'
import { allowlistOf, parseNetworks } from './networks.js'
import { secretOptionNames, secretProblems, trustedSecrets, type SecretOptions } from './secrets.js'

/** What a single gate reports to. */
export interface GateOptions {
  /** Default: nothing is logged. */
  readonly logger?: Logger | undefined
  /** Called for each refused request; must not throw or wait. */
  readonly onRefusal?: ((report: RefusalReport) => void) | undefined
}

/** Whom `ipAllowlist` admits, and what it reports to. */
export interface IpAllowlistOptions extends GateOptions {
  /** Addresses and CIDRs, as text or from the settings of `boot`; an empty list admits nobody. */
  readonly allowedIps: readonly (string | Network)[]
  /** Proxies whose `X-Forwarded-For` is believed. Default: none. Express' `trust proxy` plays no part. */
  readonly trustedProxies?: readonly (string | Network)[] | undefined
}

/** The secrets of `bearerAuth`, and what it reports to. */
export type BearerAuthOptions = GateOptions & SecretOptions

/** The address gate by itself: 403 for whom the list does not name. Throws `OptionsError`. */
export function ipAllowlist(options: IpAllowlistOptions): RequestHandler {
  refuseNoOptions('ipAllowlist()', options)
  const known = ['allowedIps', 'trustedProxies', 'logger', 'onRefusal']
  const allowed = parseNetworks('allowedIps', options.allowedIps)
  const trusted = parseNetworks('trustedProxies', options.trustedProxies ?? [])
  refuseMisuse('ipAllowlist()', [...unknownOptions(options, known), ...allowed.problems, ...trusted.problems])
  const { logger = silentLogger } = options
  const list = allowlistOf(allowed.networks, logger)
  const refuse = createRefuse({ logger, onRefusal: options.onRefusal })
  const trustedProxies = createAllowlist(trusted.networks)
  return alone(envelope(), addressGate({ allowlist: () => list, trustedProxies, refuse }))
}

/**
 * The bearer gate by itself, with the configuration gate before it and the throttle within: 503, 401, 400 or 429. Mounted
 * behind `ipAllowlist` it throttles by the address found there, else all callers as one. Throws `OptionsError`.
 */
export function bearerAuth(options: BearerAuthOptions): RequestHandler {
  refuseNoOptions('bearerAuth()', options)
  refuseMisuse('bearerAuth()', [
    ...unknownOptions(options, [...secretOptionNames, 'logger', 'onRefusal']),
    ...secretProblems(options),
  ])
  const { logger = silentLogger } = options
  const { secrets: trusted } = trustedSecrets('bearerAuth()', options, [], logger)
  const secrets = () => trusted
  const refuse: Refuse = createRefuse({ logger, onRefusal: options.onRefusal })
  const wrap = envelope({ scrub: createScrub({ secrets }) })
  const throttle = createThrottle()
  return alone(wrap, configuredGate({ secrets, refuse }), bearerGate({ secrets, throttle, refuse, logger }))
}

/** Throws everything that is wrong at once. */
export function refuseMisuse(of: string, problems: readonly string[]): void {
  if (problems.length > 0) throw new OptionsError(of, problems)
}

/** Gates behind an envelope, unless another of these has put one around the request already. */
function alone(wrap: RequestHandler, ...gates: RequestHandler[]): RequestHandler {
  return express.Router().use(
    (request, response, next) => {
      if (hasContext(response)) next()
      else wrap(request, response, next)
    },
    ...gates,
  )
}
