import { parseAllowlist, type AllowlistError } from '../../src/network/allowlist-text.js'
import type { Network } from '../../src/network/cidr.js'
import { wrong, type Parser } from './parser.js'

/** Addresses and CIDRs; one problem for each malformed entry. */
export const networkList: Parser<readonly Network[]> = (text) => {
  const { networks, errors } = parseAllowlist(text)
  return errors.length > 0 ? { problems: errors.map(entryProblem) } : { value: networks }
}

/** As `networkList`; `true` and `*`, which other programs read as "believe everybody", get a word of their own. */
export const proxyList: Parser<readonly Network[]> = (text) => {
  const parsed = networkList(text)
  const everybody = /(?:^|[\s,])(?:true|\*|all)(?:[\s,]|$)/i.test(text)
  if ('value' in parsed || !everybody) return parsed
  return wrong('it would let every client choose its own address')
}

function entryProblem({ line, column, text, error, suggestion }: AllowlistError): string {
  const meant = suggestion === undefined ? '' : ` (did you mean ${suggestion}?)`
  return `line ${line}, column ${column}: ${text && `${text}: `}${error}${meant}`
}
