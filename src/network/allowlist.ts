import { BlockList } from 'node:net'
import { formatGroups, parseGroups, type Address } from './address.js'
import { maskGroups, type Network } from './cidr.js'

/** Who may come in. */
export interface Allowlist {
  /** An undefined address is never admitted, and an empty list admits nobody. */
  admits(address: Address | undefined): boolean
  /** Number of entries. */
  readonly size: number
}

/** Two independent readings of the same list, Node's and ours, have to agree before an address is admitted. */
export function createAllowlist(networks: readonly Network[]): Allowlist {
  const ours = byPrefix(networks)
  const nodes = blockList(networks)
  // An address and a list are immutable, so one's verdict on the other is.
  const verdicts = new WeakMap<Address, boolean>()
  const judge = (address: Address): boolean => {
    // Ours first: it costs one look-up for each prefix length, Node's one comparison for each entry.
    const verdict = ours(address) && nodes(address)
    verdicts.set(address, verdict)
    return verdict
  }
  return Object.freeze({
    size: networks.length,
    admits: (address: Address | undefined) =>
      address !== undefined && (verdicts.get(address) ?? judge(address)),
  })
}

function byPrefix(networks: readonly Network[]): (address: Address) => boolean {
  const firstAddresses = { 4: new Map<number, Set<string>>(), 6: new Map<number, Set<string>>() }
  for (const { family, address, prefix } of networks) {
    const known = firstAddresses[family].get(prefix) ?? new Set()
    firstAddresses[family].set(prefix, known.add(address))
  }
  return ({ family, groups }) => {
    for (const [prefix, known] of firstAddresses[family]) {
      if (known.has(formatGroups(maskGroups(groups, prefix)))) return true
    }
    return false
  }
}

/** The family is passed on each call: without it Node reads the address as IPv4 (documented default). */
function blockList(networks: readonly Network[]): (address: Address) => boolean {
  const list = new BlockList()
  for (const { family, address, prefix } of networks) {
    if (parseGroups(address) === undefined) throw new TypeError(`${address} was not made by parseNetwork`)
    list.addSubnet(address, prefix, family === 4 ? 'ipv4' : 'ipv6')
  }
  return ({ family, text }) => list.check(text, family === 4 ? 'ipv4' : 'ipv6')
}
