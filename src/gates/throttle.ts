import type { RateLimiterRes } from 'rate-limiter-flexible'
// Past the package's index, which loads the limiters of a dozen databases.
import RateLimiterMemory from 'rate-limiter-flexible/lib/RateLimiterMemory.js'
import type { Address } from '../network/address.js'

export interface ThrottleOptions {
  /** Wrong tokens within the window before a client is answered 429. Default: 10. */
  readonly failures?: number
  /** Seconds. Default: 60. */
  readonly windowSeconds?: number
  /** Clients counted apart; those beyond share one count. Default: 10 000. */
  readonly maxClients?: number
}

/** Counts wrong tokens per client: an IPv4 address, or an IPv6 /64, which is what one subscriber has. */
export interface Throttle {
  /** Counts one; the seconds after which to come back, once the client is over the limit. */
  failed(client: Address | undefined): Promise<number | undefined>
  /** Forgets the client's failures. */
  succeeded(client: Address | undefined): void
}

const overflow = 'others'

/** In memory, per process, and bounded: an attacker with many addresses cannot make it grow. */
export function createThrottle(options: ThrottleOptions = {}): Throttle {
  const { failures = 10, windowSeconds = 60, maxClients = 10_000 } = options
  const limiter = new RateLimiterMemory({ points: failures, duration: windowSeconds })
  const counted = createKeyWindow(maxClients, windowSeconds * 1000)
  return Object.freeze({
    failed: async (client: Address | undefined) => {
      try {
        await limiter.consume(counted.add(keyOf(client)))
        return undefined
      } catch (reached) {
        return secondsUntil(reached as RateLimiterRes, windowSeconds)
      }
    },
    succeeded: (client: Address | undefined) => {
      const key = keyOf(client)
      if (counted.remove(key)) void limiter.delete(key)
    },
  })
}

function keyOf(client: Address | undefined): string {
  if (client === undefined) return 'unknown'
  return client.family === 4 ? client.text : client.groups.slice(0, 4).join(':')
}

/** The limiter's windows follow the wall clock; a clock that jumped must not keep a client out for an hour. */
function secondsUntil({ msBeforeNext }: RateLimiterRes, windowSeconds: number): number {
  return Math.min(Math.max(Math.ceil(msBeforeNext / 1000), 1), windowSeconds)
}

interface KeyWindow {
  /** The key to count under. */
  add(key: string): string
  /** Whether it was there. */
  remove(key: string): boolean
}

/** The limiter keeps a record a key without a bound of its own, and forgets it after the window; so does this. */
function createKeyWindow(maxKeys: number, windowMs: number): KeyWindow {
  const since = new Map<string, number>()
  const forget = (now: number): void => {
    // A Map iterates in the order of insertion, which is the order of expiry.
    for (const [key, at] of since) {
      if (now - at < windowMs) return
      since.delete(key)
    }
  }
  return {
    add: (key) => {
      const now = performance.now()
      forget(now)
      if (since.has(key)) return key
      if (since.size >= maxKeys) return overflow
      since.set(key, now)
      return key
    },
    remove: (key) => since.delete(key),
  }
}
