import express, { type Express, type RequestHandler, type Router } from 'express'
import { createDoor, noSuchPath } from './door/routes.js'
import { createChain, type ChainOptions } from './gates/chain.js'
import { failedHandler } from './gates/failed.js'
import { parseAddress } from './network/address.js'
import { createAllowlist } from './network/allowlist.js'
import type { Refuse } from './gates/refuse.js'
import type { Network } from './network/cidr.js'
import { descriptionPage } from './openapi/page.js'
import type { Engine } from './runs/engine.js'

/** The path of the door on the ops port. */
export const doorPath = '/api/migrate'

export interface AssemblyOptions extends Omit<ChainOptions, 'trustedProxies'> {
  readonly engine: Engine
  readonly trustedProxies: readonly Network[]
  /** How long a POST waits before it answers 202. Milliseconds. */
  readonly waitMs: number
  /** What `GET /api/migrate/check` answers; without it there is no such path. */
  readonly checklist?: (() => Promise<unknown>) | undefined
  /** What else the ops port serves behind address and browser gate, such as the console. */
  readonly pages?: readonly Page[] | undefined
}

/** Makes what answers its own paths and hands on all others; it refuses as the gates do. */
export type Page = (refuse: Refuse) => RequestHandler

/** The door in its two settings; use one of them. Each has all gates inside, once. */
export interface Assembly {
  /** For an application of the host's own, safe wherever it is mounted; everything under its path is answered here. */
  readonly door: Router
  /** The standalone port: address and browser gate over every path, 404s included; the door at `/api/migrate`, `/openapi.json`. */
  readonly opsApp: Express
  /** For `hardenServer`: whether a socket's peer is a trusted proxy or on the allowlist. */
  readonly welcomes: (peer: string | undefined) => boolean
}

/** What library and server share: gates, door and engine put together. */
export function assemble(options: AssemblyOptions): Assembly {
  const trustedProxies = createAllowlist(options.trustedProxies)
  const chain = createChain({ ...options, ...journaled(options), trustedProxies })
  const { port, hosted, door, pages, refuse } = chain
  const routes = createDoor({ ...options, refuse })
  const failed = failedHandler({ ...options, refuse })
  return Object.freeze({
    door: express.Router().use(hosted, routes, failed),
    opsApp: opsApp(),
    welcomes: (peer: string | undefined) => {
      const address = peer === undefined ? undefined : parseAddress(peer, { zone: 'drop' })
      return trustedProxies.admits(address) || options.allowlist().admits(address)
    },
  })

  function opsApp(): Express {
    const app = express().disable('x-powered-by').disable('etag')
    app.use(port)
    app.use(doorPath, door, routes)
    app.use(pages)
    const description = descriptionPage({ checklist: options.checklist !== undefined })
    for (const page of [description, ...(options.pages ?? [])]) app.use(page(refuse))
    app.use(noSuchPath(refuse), failed)
    return app
  }
}

/** What the gates tell goes to the journal as well, in memory; it is written in the background. */
function journaled({ engine: { journal }, onRefusal, onAdmission }: AssemblyOptions) {
  const told: Required<Pick<ChainOptions, 'onRefusal' | 'onAdmission'>> = {
    onRefusal: (report) => {
      onRefusal?.(report)
      journal.refused(report)
    },
    onAdmission: (credential, actor) => {
      onAdmission?.(credential, actor)
      if (credential === 'previous' && actor) journal.previousSecretUsed(actor)
    },
  }
  return told
}
