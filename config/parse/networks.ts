import { z } from 'zod'
import { parseAllowlist, type AllowlistError } from '../../src/network/allowlist-text.js'
import type { Network } from '../../src/network/cidr.js'

/** Addresses and CIDRs; one zod issue for each malformed entry. */
export const networkList = z.string().transform((text, context): readonly Network[] => {
  const { networks, errors } = parseAllowlist(text)
  for (const error of errors) context.addIssue({ code: 'custom', message: entryProblem(error) })
  return errors.length > 0 ? z.NEVER : networks
})

/** As `networkList`; `true` and `*`, which other programs read as "believe everybody", get a word of their own. */
export const proxyList = z.string().transform((text, context): readonly Network[] => {
  const parsed = networkList.safeParse(text)
  if (parsed.success) return parsed.data
  const everybody = /(?:^|[\s,])(?:true|\*|all)(?:[\s,]|$)/i.test(text)
  const messages = everybody
    ? ['it would let every client choose its own address']
    : parsed.error.issues.map(({ message }) => message)
  for (const message of messages) context.addIssue({ code: 'custom', message })
  return z.NEVER
})

function entryProblem({ line, column, text, error, suggestion }: AllowlistError): string {
  const meant = suggestion === undefined ? '' : ` (did you mean ${suggestion}?)`
  return `line ${line}, column ${column}: ${text && `${text}: `}${error}${meant}`
}
