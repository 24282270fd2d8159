import { parseAddress } from './address.js'
import { createAllowlist } from './allowlist.js'

const loopback = createAllowlist([
  { family: 4, address: '127.0.0.0', prefix: 8 },
  { family: 6, address: '::1', prefix: 128 },
])

/** Whether a listener's host, or a socket's address, is reachable from this machine only. */
export function isLoopbackAddress(host: string): boolean {
  return host.toLowerCase() === 'localhost' || loopback.admits(parseAddress(host, { zone: 'drop' }))
}

/**
 * Whether the authority of a URL or a `Host` header names this machine. A page that rebinds its own name to 127.0.0.1
 * sends that name (DNS rebinding), so only loopback addresses and `localhost` (RFC 6761 §6.3) do.
 */
export function isLoopbackHost(authority: string): boolean {
  const name = hostOf(authority)
  return isLoopbackAddress(name) || name.toLowerCase().endsWith('.localhost')
}

/** The host of an authority, without port and brackets. */
function hostOf(authority: string): string {
  const bracketed = /^\[([^\]]*)\](?::[0-9]*)?$/.exec(authority)
  return bracketed?.[1] ?? authority.replace(/:[0-9]*$/, '')
}
