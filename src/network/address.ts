import { remembered } from './remembered.js'

/** One IP address in its one spelling. Made only by `parseAddress`, so that no two gates can read an address differently. */
export interface Address {
  /** 4 or 6; an IPv4-mapped IPv6 address is IPv4. */
  readonly family: 4 | 6
  /** Canonical: dotted decimal, or RFC 5952. */
  readonly text: string
  /** The address in 16-bit groups, most significant first: two for IPv4, eight for IPv6. */
  readonly groups: readonly number[]
}

export interface AddressOptions {
  /**
   * What a zone (`fe80::1%eth0`, RFC 4007) means: `drop` reads the bare address, which only a socket's own address may
   * ask for; `refuse` (default) makes it no address, because in a header it is the sender's free text.
   */
  readonly zone?: 'drop' | 'refuse'
}

const decimalOctet = '(?:0|[1-9][0-9]{0,2})'
const dottedDecimal = new RegExp(`^${decimalOctet}(?:\\.${decimalOctet}){3}$`)
const hexGroup = /^[0-9a-fA-F]{1,4}$/
const zone = /^%[\w.~-]{1,64}$/
/** `ffff:ffff:ffff:ffff:ffff:ffff:255.255.255.255` */
const longest = 45

/**
 * Parses an address; undefined for anything but the plain forms: no leading zeros (octal elsewhere), hexadecimal or
 * integer IPv4, trailing dot, port, bracket or white space.
 */
export function parseAddress(text: string, options: AddressOptions = {}): Address | undefined {
  return options.zone === 'drop' ? parseOwn(text) : parseBare(text)
}

/** Remembered: the peers of sockets come again with each request. */
const parseOwn = remembered((text) => {
  const percent = text.indexOf('%')
  if (percent === -1) return parseBare(text)
  if (!zone.test(text.slice(percent))) return undefined
  const bare = text.slice(0, percent)
  return bare.includes(':') ? parseBare(bare) : undefined
})

/** The IPv4 groups inside an IPv4-mapped IPv6 address (RFC 4291 §2.5.5.2); undefined for any other. */
export function unmapped(groups: readonly number[]): readonly number[] | undefined {
  const mapped =
    groups.length === 8 && groups[5] === 0xffff && groups.slice(0, 5).every((group) => group === 0)
  return mapped ? groups.slice(6) : undefined
}

/** The 16-bit groups as they are written, mapped or not; undefined for what is no address. */
export function parseGroups(text: string): readonly number[] | undefined {
  if (text.length > longest) return undefined
  return text.includes(':') ? parseIpv6(text) : parseIpv4(text)
}

/** The canonical text of two (IPv4) or eight (IPv6) groups. */
export function formatGroups(groups: readonly number[]): string {
  if (groups.length === 2) return groups.map((group) => `${group >> 8}.${group & 0xff}`).join('.')
  const hex = groups.map((group) => group.toString(16))
  const run = longestZeroRun(groups)
  if (run.length < 2) return hex.join(':')
  return `${hex.slice(0, run.start).join(':')}::${hex.slice(run.start + run.length).join(':')}`
}

function parseBare(text: string): Address | undefined {
  const written = parseGroups(text)
  if (written === undefined) return undefined
  const groups = unmapped(written) ?? written
  const family = groups.length === 2 ? 4 : 6
  return Object.freeze({ family, text: formatGroups(groups), groups: Object.freeze(groups) })
}

function parseIpv4(text: string): readonly number[] | undefined {
  if (!dottedDecimal.test(text)) return undefined
  const [a = 0, b = 0, c = 0, d = 0] = text.split('.').map(Number)
  return Math.max(a, b, c, d) > 255 ? undefined : [(a << 8) | b, (c << 8) | d]
}

function parseIpv6(text: string): readonly number[] | undefined {
  const halves = text.split('::')
  if (halves.length > 2) return undefined
  const [head = '', tail] = halves
  const before = parseGroupList(head, tail === undefined)
  const after = tail === undefined ? [] : parseGroupList(tail, true)
  if (before === undefined || after === undefined) return undefined
  const missing = 8 - before.length - after.length
  // `::` stands for at least one group, and without it none may be missing.
  if (tail === undefined ? missing !== 0 : missing < 1) return undefined
  return [...before, ...Array<number>(missing).fill(0), ...after]
}

/** `last`: the list ends the address, where an embedded IPv4 address may stand. */
function parseGroupList(text: string, last: boolean): readonly number[] | undefined {
  if (text === '') return []
  const parts = text.split(':')
  const groups: number[] = []
  for (const [index, part] of parts.entries()) {
    const embedded = last && index === parts.length - 1 ? parseIpv4(part) : undefined
    if (embedded === undefined && !hexGroup.test(part)) return undefined
    groups.push(...(embedded ?? [Number.parseInt(part, 16)]))
  }
  return groups
}

/** RFC 5952 §4.2: the longest run, of equal ones the first. */
function longestZeroRun(groups: readonly number[]): { readonly start: number; readonly length: number } {
  let best = { start: 0, length: 0 }
  let start = 0
  for (const [index, group] of groups.entries()) {
    if (group !== 0) start = index + 1
    else if (index + 1 - start > best.length) best = { start, length: index + 1 - start }
  }
  return best
}
