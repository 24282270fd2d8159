import { parseAddress, type Address } from './address.js'
import type { Allowlist } from './allowlist.js'

export interface ClientOptions {
  /** The socket's `remoteAddress`; undefined for a Unix socket, or a peer that is gone. */
  readonly peer: string | undefined
  /** The values of every `X-Forwarded-For` line, in the order received, not joined or decoded. */
  readonly forwardedFor: readonly string[]
  /** The proxies whose `X-Forwarded-For` is believed. */
  readonly trusted: Allowlist
}

/** Why no address could be told. */
export type NoClientReason = 'no-peer' | 'no-client-hop' | 'unparsable-hop' | 'too-many-hops'

/** Who called, as far as it can be told; without an address the request is to be refused. */
export interface Client {
  readonly address?: Address
  readonly reason?: NoClientReason
  /** Whether the socket's peer is a trusted proxy. */
  readonly viaProxy: boolean
  /** Canonical addresses walked, from the peer towards the client. */
  readonly hops?: readonly string[]
}

/** A chain of more proxies is nobody's network. */
const maxHops = 100
/** Characters of an entry with the white space around it; the longest address has 45. */
const maxEntry = 128

/**
 * The client is the peer or, where the peer is a trusted proxy, the right-most untrusted entry of `X-Forwarded-For`:
 * what stands left of that was written by the client. Entries are bare addresses; a port, bracket, quote, zone or name
 * is not guessed at, but refused. No other header is ever looked at.
 */
export function resolveClient({ peer, forwardedFor, trusted }: ClientOptions): Client {
  const socket = peer === undefined ? undefined : parseAddress(peer, { zone: 'drop' })
  if (socket === undefined) return { reason: 'no-peer', viaProxy: false }
  if (!trusted.admits(socket)) return { address: socket, viaProxy: false, hops: [socket.text] }
  return walk(forwardedFor.join(','), socket, trusted)
}

function walk(forwardedFor: string, socket: Address, trusted: Allowlist): Client {
  if (/^[ \t]*$/.test(forwardedFor)) return { reason: 'no-client-hop', viaProxy: true }
  const entries = forwardedFor.split(',', maxHops + 1)
  if (entries.length > maxHops) return { reason: 'too-many-hops', viaProxy: true }
  const hops = [socket.text]
  for (const entry of entries.reverse()) {
    const address = entry.length > maxEntry ? undefined : parseAddress(trimmed(entry))
    if (address === undefined) return { reason: 'unparsable-hop', viaProxy: true, hops }
    hops.push(address.text)
    if (!trusted.admits(address)) return { address, viaProxy: true, hops }
  }
  return { reason: 'no-client-hop', viaProxy: true, hops }
}

/** Optional white space is space and tab (RFC 9110 §5.6.3); `trim` would take more than that. */
function trimmed(entry: string): string {
  return entry.replace(/^[ \t]+|[ \t]+$/g, '')
}
