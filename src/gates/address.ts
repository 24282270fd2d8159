import type { IncomingMessage } from 'node:http'
import { createRequire } from 'node:module'
import type { RequestHandler } from 'express'
import type expressIpFilter from 'express-ip-filter'
import type { Allowlist } from '../network/allowlist.js'
import { resolveClient, type Client } from '../network/client-address.js'
import { contextOf } from './context.js'
import { headerLines } from './header-lines.js'
import type { Refusal, Refuse } from './refuse.js'

export interface AddressOptions {
  /** Asked for each request, so that a list re-read from its file counts from then on. */
  readonly allowlist: () => Allowlist
  readonly trustedProxies: Allowlist
  readonly refuse: Refuse
}

interface Verdict {
  readonly admitted: boolean
  readonly client: Client
}

/** What express-ip-filter answers through. What it would write is no problem+json, and it leaves members on the response. */
interface StandIn {
  readonly admitted: boolean
  readonly status: () => { readonly send: () => void }
}

const nobody: Verdict = Object.freeze({ admitted: false, client: Object.freeze({ viaProxy: false }) })

/**
 * IP allowlist. The verdict is ours; express-ip-filter 2.0.0 is the switch that acts upon it, in the only wiring in which
 * it lets nothing through by accident: `strict: false`, an `id` that is never falsy, a `filter` that is a function and
 * answers synchronously. Behind it the verdict is asked once more, independently.
 */
export function addressGate(options: AddressOptions): RequestHandler {
  const { refuse } = options
  const filter = createSwitch()
  return function address(request, response, next) {
    const { admitted, client } = judge(request, options)
    contextOf(response).client = client
    const deny = (): void => {
      refuse(request, response, { ...forbidden, reason: client.reason ?? 'not-listed' })
    }
    filter()(request, { admitted, status: () => ({ send: deny }) }, () => (admitted ? next() : deny()))
  }
}

const require = createRequire(import.meta.url)

type Switch = ReturnType<typeof expressIpFilter<StandIn>>

/** Made at the first request, since it loads two dozen packages, which no start waits for. Where that fails, nobody passes. */
function createSwitch(): () => Switch {
  let made: Switch | undefined
  return () =>
    (made ??= (require('express-ip-filter') as typeof expressIpFilter)<StandIn>({
      strict: false,
      id: (_request, standIn) => (standIn.admitted ? 'ALLOW' : 'DENY'),
      filter: (id) => id === 'ALLOW',
    }))
}

const forbidden: Refusal = Object.freeze({
  code: 'forbidden',
  detail: 'This address may not call the migration endpoint.',
})

/** A verdict that throws, or that is not exactly `true`, admits nobody. */
function judge(request: IncomingMessage, { allowlist, trustedProxies }: AddressOptions): Verdict {
  try {
    const client = resolveClient({
      peer: request.socket.remoteAddress,
      forwardedFor: headerLines(request, 'x-forwarded-for'),
      trusted: trustedProxies,
    })
    const admitted: unknown = client.address !== undefined && allowlist().admits(client.address)
    return { admitted: admitted === true, client }
  } catch {
    return nobody
  }
}
