import { breadthOf, mostPublicAddresses } from '../network/breadth.js'
import type { Network } from '../network/cidr.js'
import type { Configuration } from './configuration.js'
import { fail, pass, warn, type Finding } from './item.js'

const noEndpoint = pass('Not needed: the endpoint is off.')

/** How many entries are named before the rest is counted. */
const mostNamed = 5

/** The best posture is no endpoint; the next best, one that few can reach. */
export function endpoint(facts: Configuration): Finding {
  if (!facts.endpoint) return pass('There is no endpoint: migrations come from the pipeline or from boot.')
  const { status, detail } = allowlist(facts)
  const off = `Narrow ${facts.names.allowlist}, or have no endpoint at all and let the pipeline run \`sallyport migrate\`.`
  if (facts.network.allowed.length === 0)
    return pass('It is on, and nobody can reach it: the allowlist is empty.')
  if (status === 'pass') return pass(`It is on, behind an allowlist of ${facts.network.allowed.length}.`)
  return { status, detail: `It is on, and the network hardly restricts it. ${detail}`, remedy: off }
}

/** An empty list admits nobody; one that is too wide admits whoever rents a machine. */
export function allowlist({ endpoint: on, network: { allowed }, names }: Configuration): Finding {
  if (!on) return noEndpoint
  if (allowed.length === 0) {
    return fail(
      `${names.allowlist} names no address: nobody is admitted.`,
      "Name the VPN's and the CI runners' addresses, such as 10.8.0.0/16, or switch the endpoint off.",
    )
  }
  const { huge, wide, publicAddresses } = breadthOf(allowed)
  const remedy = 'Name the addresses of your VPN and of your own CI runners, a static egress if need be.'
  if (huge.length > 0) return fail(`${named(huge)}: a noticeable part of the internet is admitted.`, remedy)
  if (wide.length > 0) return warn(`${named(wide)}: wider than one organisation is likely to own.`, remedy)
  if (publicAddresses > mostPublicAddresses) {
    return warn(`${publicAddresses} public addresses are admitted, more than a /16 has.`, remedy)
  }
  return pass(
    `${allowed.length} ${allowed.length === 1 ? 'entry' : 'entries'}, ${publicAddresses} public IPv4 addresses among them.`,
  )
}

/** A list that could not be re-read is an old one. */
export function allowlistFile({
  endpoint: on,
  network: { file },
  refusedReloads,
  serving,
}: Configuration): Finding {
  if (!on) return noEndpoint
  const refused = refusedReloads.allowlist
  if (refused) {
    return fail(
      `The changed file is not in use since ${refused.since}; the former list is. ${refused.why.join(' ')}`.trim(),
      'Mend the file; it is looked at every second, and no restart is needed.',
    )
  }
  if (!file) return pass('The list is no file, and changes with a deploy only.')
  return pass(
    serving
      ? 'The list in use is that of the file.'
      : 'The file can be used; a running server tells itself which list it uses.',
  )
}

/** A bearer token is whoever reads it. */
export function tls({ endpoint: on, network, names, refusedReloads }: Configuration): Finding {
  if (!on) return noEndpoint
  const refused = refusedReloads.tls
  if (refused) {
    return fail(
      `The renewed certificate is not in use since ${refused.since}; the former one is, until it expires. ${refused.why.join(' ')}`.trim(),
      'Give a certificate and a key that fit each other; they are looked at every second.',
    )
  }
  if (network.tls === 'own') return pass('The ops port speaks TLS.')
  if (network.proxies > 0) return pass(`It ends in front, at a trusted proxy (${names.proxies}).`)
  if (network.loopback) return pass('The port listens on loopback only: nothing leaves this machine.')
  if (network.tls === 'unknown') {
    return warn(
      'Whether the host application speaks TLS cannot be seen from here, and no proxy is trusted.',
      `Serve it by HTTPS, or end TLS at a proxy and name that in ${names.proxies}.`,
    )
  }
  return warn(
    'The ops port speaks plain HTTP, and no proxy is trusted: whoever is on the way can read the token.',
    `Set TLS_CERT_FILE and TLS_KEY_FILE, or end TLS at a proxy and name that in ${names.proxies}.`,
  )
}

function named(networks: readonly Network[]): string {
  const names = networks.slice(0, mostNamed).map(({ address, prefix }) => `${address}/${prefix}`)
  const more = networks.length - names.length
  return more > 0 ? `${names.join(', ')} and ${more} more` : names.join(', ')
}
