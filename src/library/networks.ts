import { createAllowlist, type Allowlist } from '../network/allowlist.js'
import { isNetworkError, parseNetwork, type Network } from '../network/cidr.js'
import type { Logger } from '../observe/logger.js'

/** A list of addresses and CIDRs in its trusted form, and a sentence for each entry that is none. */
export interface ParsedNetworks {
  readonly networks: readonly Network[]
  readonly problems: readonly string[]
}

/** Reads an option whose value is a list; what `trust proxy` of Express takes (`true`, a number, a name) is refused. */
export function parseNetworks(option: string, value: unknown): ParsedNetworks {
  if (!Array.isArray(value)) {
    return { networks: [], problems: [`"${option}" is to be an array such as ['10.8.0.0/16'].`] }
  }
  const results = value.map((entry: unknown, index) => parseEntry(`${option}[${index}]`, entry))
  return {
    networks: results.flatMap((result) => (typeof result === 'string' ? [] : [result])),
    problems: results.filter((result) => typeof result === 'string'),
  }
}

/** An allowlist; an empty one admits nobody, which is said as an error, for it is rarely meant. */
export function allowlistOf(networks: readonly Network[], logger: Logger): Allowlist {
  if (networks.length === 0) {
    logger.error('the allowlist is empty: nobody is admitted', { code: 'allowlist_empty' })
  }
  return createAllowlist(networks)
}

function parseEntry(place: string, entry: unknown): Network | string {
  const text = isNetwork(entry) ? `${entry.address}/${entry.prefix}` : entry
  if (typeof text !== 'string') return `"${place}" is to be a string.`
  const parsed = parseNetwork(text)
  if (!isNetworkError(parsed)) return parsed
  const meant = parsed.suggestion === undefined ? '' : ` Did you mean "${parsed.suggestion}"?`
  return `"${place}" is malformed: ${parsed.error}.${meant}`
}

/** As `boot` returns them; what they say is read again, for anybody can make such an object. */
function isNetwork(entry: unknown): entry is Network {
  return typeof entry === 'object' && entry !== null && 'address' in entry && 'prefix' in entry
}
