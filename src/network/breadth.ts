import { formatGroups, parseGroups } from './address.js'
import { isNetworkError, maskGroups, parseNetwork, type Network } from './cidr.js'

/** How much of the public internet a list lets in. */
export interface Breadth {
  /** Entries that let in more than one organisation could well own. */
  readonly wide: readonly Network[]
  /** Entries that let in a noticeable part of the internet. */
  readonly huge: readonly Network[]
  /** Public IPv4 addresses that the entries name, each entry counted by itself. */
  readonly publicAddresses: number
}

/** Prefixes shorter than these are too wide: an IPv4 /16 has 65 536 addresses, an IPv6 /32 is what a provider gets. */
const widest = { 4: 16, 6: 32 } as const
const huge = { 4: 8, 6: 16 } as const
/** As many as one entry may have; thousands of small ones, such as a CI provider's, are no restriction either. */
export const mostPublicAddresses = 2 ** (32 - widest[4])

/** What no router of the internet delivers (RFC 1918, 1122, 3927, 6598, 4193, 4291). */
const internal = [
  '10.0.0.0/8',
  '172.16.0.0/12',
  '192.168.0.0/16',
  '127.0.0.0/8',
  '169.254.0.0/16',
  '100.64.0.0/10',
  '::1',
  'fc00::/7',
  'fe80::/10',
].map((text) => {
  const network = parseNetwork(text)
  if (isNetworkError(network)) throw new TypeError(`${text}: ${network.error}`)
  return network
})

/** Measures the public part of a list; networks that lie within a private block may be as wide as that. */
export function breadthOf(networks: readonly Network[]): Breadth {
  const open = networks.filter((network) => !internal.some((block) => covers(block, network)))
  const addresses = open.filter(({ family }) => family === 4).map(({ prefix }) => 2 ** (32 - prefix))
  return Object.freeze({
    wide: open.filter(({ family, prefix }) => prefix < widest[family]),
    huge: open.filter(({ family, prefix }) => prefix < huge[family]),
    publicAddresses: addresses.reduce((sum, count) => sum + count, 0),
  })
}

function covers(block: Network, network: Network): boolean {
  const groups = parseGroups(network.address)
  if (groups === undefined || block.family !== network.family || block.prefix > network.prefix) return false
  return formatGroups(maskGroups(groups, block.prefix)) === block.address
}
