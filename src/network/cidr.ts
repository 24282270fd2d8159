import { formatGroups, parseGroups, unmapped } from './address.js'

/** A parsed, canonical network. Made only by `parseNetwork`. */
export interface Network {
  /** 4 or 6; never an IPv4-mapped IPv6 network. */
  readonly family: 4 | 6
  /** Canonical text of the first address: `10.8.0.0`, `2001:db8::` (RFC 5952). */
  readonly address: string
  readonly prefix: number
}

/** Why a text is no network that may be believed, and what was probably meant. */
export interface NetworkError {
  readonly error: string
  readonly suggestion?: string
}

/** The 16-bit groups of `::ffff:0:0/96`, under which every IPv4 address appears as an IPv6 one. */
const mappedGroups = Object.freeze([0, 0, 0, 0, 0, 0xffff, 0, 0])

/** Parses one address or CIDR. Refuses what two programs could read differently, and what admits everybody. */
export function parseNetwork(text: string): Network | NetworkError {
  const slash = text.indexOf('/')
  const base = slash === -1 ? text : text.slice(0, slash)
  const written = parseGroups(base)
  if (written === undefined) return notAnAddress(text, base)
  if (slash === -1) return network(unmapped(written) ?? written)
  const digits = text.slice(slash + 1)
  const prefix = parsePrefix(base, digits, written.length * 16)
  if (typeof prefix !== 'number') return prefix
  return unmapped(written) === undefined ? withPrefix(written, prefix) : mappedNetwork(written, prefix)
}

/** Whether `parseNetwork` refused. */
export function isNetworkError(result: Network | NetworkError): result is NetworkError {
  return 'error' in result
}

/** The groups with every bit after `prefix` cleared. */
export function maskGroups(groups: readonly number[], prefix: number): readonly number[] {
  return groups.map((group, index) => {
    const kept = Math.min(Math.max(prefix - index * 16, 0), 16)
    return group & (0xffff << (16 - kept)) & 0xffff
  })
}

function network(groups: readonly number[], prefix = groups.length * 16): Network {
  return Object.freeze({ family: groups.length === 2 ? 4 : 6, address: formatGroups(groups), prefix })
}

function withPrefix(groups: readonly number[], prefix: number): Network | NetworkError {
  if (prefix === 0) return { error: 'a prefix of 0 bits admits every address' }
  if (groups.length === 8 && sameGroups(maskGroups(mappedGroups, prefix), maskGroups(groups, prefix))) {
    return { error: 'this IPv6 prefix covers ::ffff:0:0/96, and so every IPv4 address' }
  }
  const masked = maskGroups(groups, prefix)
  if (!sameGroups(masked, groups)) {
    const error = `bits are set behind the prefix of ${prefix} bits`
    return { error, suggestion: `${formatGroups(masked)}/${prefix}` }
  }
  return network(groups, prefix)
}

/** Some programs read the prefix of `::ffff:10.0.0.0/8` as IPv4's, some as IPv6's: the latter admits everybody. */
function mappedNetwork(written: readonly number[], prefix: number): NetworkError {
  const error = 'an IPv4-mapped IPv6 prefix is ambiguous; write it as IPv4'
  if (prefix > 32 && prefix < 96) return { error }
  const meant = withPrefix(written.slice(6), prefix < 96 ? prefix : prefix - 96)
  const suggestion = isNetworkError(meant) ? meant.suggestion : `${meant.address}/${meant.prefix}`
  return suggestion === undefined ? { error } : { error, suggestion }
}

function parsePrefix(base: string, digits: string, longest: number): number | NetworkError {
  if (/^(?:0|[1-9][0-9]{0,2})$/.test(digits)) {
    const prefix = Number(digits)
    return prefix <= longest ? prefix : { error: `the prefix is longer than ${longest} bits` }
  }
  const bits = netmaskBits(digits)
  if (bits !== undefined) return { error: 'a netmask is not a prefix', suggestion: `${base}/${bits}` }
  const plain = /^\s*0*([0-9]{1,3})\s*$/.exec(digits)?.[1]
  const error = 'the prefix is not a plain decimal number of bits'
  return plain === undefined ? { error } : { error, suggestion: `${base}/${Number(plain)}` }
}

/** The prefix that a dotted netmask of contiguous bits stands for. */
function netmaskBits(text: string): number | undefined {
  const groups = text.includes('.') ? parseGroups(text) : undefined
  if (groups === undefined) return undefined
  const bits = groups.map((group) => group.toString(2).padStart(16, '0')).join('')
  return /^1+0*$/.test(bits) ? bits.lastIndexOf('1') + 1 : undefined
}

function notAnAddress(text: string, base: string): NetworkError {
  if (/[*?]/.test(base)) return { error: 'wildcards are not understood; write a CIDR such as 10.8.0.0/16' }
  if (base.includes('%')) return { error: 'a zone has no meaning here; write the address without it' }
  const [first = '', last = ''] = text.split('-')
  if (parseGroups(first.trim()) && parseGroups(last.trim())) {
    return { error: 'ranges are not understood; write the CIDRs that make it up' }
  }
  if (/(?:^|\.)0[0-9]/.test(base)) {
    return { error: 'leading zeros mean octal to some programs and nothing to others; write plain decimals' }
  }
  if (/^[0-9]{1,3}(?:\.[0-9]{1,3}){0,2}$/.test(base)) return shortened(text, base)
  return { error: 'neither an IP address nor a CIDR' }
}

/** `10/8` is 10.0.0.0/8 to some programs and 0.0.0.10/8 to others. */
function shortened(text: string, base: string): NetworkError {
  const error = 'an IPv4 address has four numbers'
  const full = base.split('.').concat('0', '0', '0').slice(0, 4).join('.')
  const meant = text.includes('/') ? parseNetwork(`${full}${text.slice(base.length)}`) : undefined
  if (meant === undefined || isNetworkError(meant)) return { error }
  return { error, suggestion: `${meant.address}/${meant.prefix}` }
}

function sameGroups(a: readonly number[], b: readonly number[]): boolean {
  return a.every((group, index) => group === b[index])
}
