import type { Configuration } from './configuration.js'
import { fail, pass, unknown, warn, type Finding } from './item.js'

const dayMs = 86_400_000
/** A rotation that takes longer has been forgotten. */
const longestRotationMs = 7 * dayMs

const missing = ['secret_missing', 'secret_ambiguous', 'secret_unreadable', 'secret_unsendable']
const noEndpoint = pass('Not needed: the endpoint is off, so nobody can send one.')

/** Set, readable, and of a form that can be sent. */
export function secretSet(facts: Configuration): Finding {
  if (!facts.endpoint) return noEndpoint
  return problemsOf(facts, missing) ?? pass(`${facts.names.secret} is set.`)
}

/** Compared with what else is known to be a secret. */
export function secretDistinct(facts: Configuration): Finding {
  if (!facts.endpoint) return noEndpoint
  const found = problemsOf(facts, ['secret_not_distinct'])
  if (found) return found
  if (isMissing(facts)) return unknown('there is no secret that could be compared.', first(facts).remedy)
  const uncompared = facts.secrets.issues.find(({ code }) => code === 'other_secret_absent')
  const which = 'It differs from every other secret and database password that is known here, also decoded.'
  return pass(uncompared ? `${which} ${uncompared.message}.` : which)
}

/** A weak secret opens the door, but should not. */
export function secretStrong(facts: Configuration): Finding {
  if (!facts.endpoint) return noEndpoint
  const weak = facts.secrets.issues.filter(({ code }) => code === 'secret_weak')
  const [one] = weak
  if (one) {
    const judge = facts.environment.enforced ? fail : warn
    return judge(said(weak), one.remedy)
  }
  if (isMissing(facts)) return unknown('there is no secret that could be judged.', first(facts).remedy)
  return pass('32 characters or more, no placeholder, enough variety.')
}

/** A previous secret is for the days in which callers get the new one. */
export function secretRotation(
  { endpoint, secrets: { rotation }, names }: Configuration,
  now: Date,
): Finding {
  if (!endpoint) return noEndpoint
  if (rotation === undefined) return pass('No previous secret is accepted.')
  const { since, toldBy } = rotation
  const remedy = `Give every caller the new secret, then deploy without ${names.previous}.`
  if (since === undefined) return warn(`${names.previous} is accepted; since when, ${toldBy}.`, remedy)
  const days = Math.floor((now.valueOf() - since.valueOf()) / dayMs)
  const detail = `${names.previous} is accepted since ${since.toISOString()} at least (${toldBy}), ${days} days.`
  return now.valueOf() - since.valueOf() > longestRotationMs ? fail(detail, remedy) : pass(detail)
}

/** Whether a changed file was taken over. */
export function secretFiles({ secrets, refusedReloads, serving }: Configuration): Finding {
  const refused = refusedReloads.secret
  if (refused) {
    return fail(
      `A changed secret file is not in use since ${refused.since}; the former secret is. ${refused.why.join(' ')}`.trim(),
      'Mend the file; it is looked at every second, and no restart is needed.',
    )
  }
  if (!secrets.files) return pass('No secret is a file.')
  return pass(
    serving
      ? 'The secrets in use are those of the files.'
      : 'The files can be used; a running server tells itself which it uses.',
  )
}

/** Nothing stands in for a secret that is missing. */
export function noFallback({ endpoint, secrets: { authorise }, names }: Configuration): Finding {
  if (!endpoint) return noEndpoint
  const others = authorise.filter((name) => name !== names.secret && name !== names.previous)
  if (others.length > 0) {
    return fail(`${others.join(', ')} would authorise too.`, `Let nothing but ${names.secret} authorise.`)
  }
  if (authorise.length === 0)
    return pass('Nothing authorises: the endpoint answers 503 until there is a secret of its own.')
  return pass(`What may act: ${authorise.join(', ')}. There is no fallback to any other credential.`)
}

/** Whether the rules of production apply to a start. */
export function separationEnforced({ environment: { name, enforced }, names }: Configuration): Finding {
  if (enforced) return pass(`The environment is ${name}: a start with a misconfigured secret is refused.`)
  return warn(
    `${names.environment} is ${name}: a misconfigured secret only warns, and the endpoint then answers 503.`,
    `Set ${names.environment} to production where the database is one of production.`,
  )
}

function problemsOf({ secrets: { issues } }: Configuration, codes: readonly string[]): Finding | undefined {
  const found = issues.filter(({ code }) => codes.includes(code))
  const [one] = found
  return one && fail(said(found), one.remedy)
}

function isMissing({ secrets: { issues } }: Configuration): boolean {
  return issues.some(({ code }) => missing.includes(code))
}

function first({ secrets: { issues } }: Configuration): { readonly remedy: string } {
  return issues.find(({ code }) => missing.includes(code)) ?? { remedy: 'Set the secret.' }
}

function said(issues: readonly { readonly message: string }[]): string {
  return `${issues.map(({ message }) => message).join('; ')}.`
}
