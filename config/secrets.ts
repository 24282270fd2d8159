import { issue, type Issue, type IssueCode } from './issue.js'
import { sameSecret } from './secret-forms.js'
import { weakness } from './secret-strength.js'

/** A secret and what to call it in messages. */
export interface NamedSecret {
  readonly name: string
  readonly value: string
}

/** Everything that the rules look at. Blank values count as absent. */
export interface SecretsToJudge {
  readonly current: NamedSecret | undefined
  readonly previous: NamedSecret | undefined
  readonly read: NamedSecret | undefined
  /** What none of them may be: other secrets in use, passwords of databases. */
  readonly others: readonly NamedSecret[]
}

export interface SecretRules {
  /** Production: a disqualified secret ends the process. Else it is a warning. */
  readonly enforced: boolean
  /** `MIGRATION_SECRET_POLICY=strict`: a weak secret disqualifies in production, too. */
  readonly strict: boolean
}

/** RFC 6750 §2.1: `b64token`. */
const b64token = /^[A-Za-z0-9._~+/-]+=*$/
/** Half of the 16 KiB that all of a request's headers may have. */
const longestToken = 8_192

const remedies = {
  make: 'Make one with `openssl rand -hex 32` and use it for nothing else.',
  rotate: 'Give each its own value; make one with `openssl rand -hex 32`.',
}

/** All problems of the secrets, by the rules of a start; pure. No message holds a secret or part of one. */
export function judgeSecrets(secrets: SecretsToJudge, rules: SecretRules): readonly Issue[] {
  const ours = [secrets.current, secrets.previous, secrets.read].filter(isGiven)
  const others = secrets.others.filter(isGiven)
  const found = [
    ...(isGiven(secrets.current) ? [] : [missing(secrets, rules)]),
    ...ours.flatMap((secret) => unsendable(secret, rules)),
    ...ours.flatMap((secret, index) => indistinct(secret, [...ours.slice(0, index), ...others], rules)),
    ...ours.flatMap((secret) => weak(secret, rules)),
  ]
  return Object.freeze(found)
}

/** Codes with which the door answers 503: no request could, or should, be let in. */
const disqualifying: ReadonlySet<IssueCode> = new Set([
  'secret_missing',
  'secret_not_distinct',
  'secret_unsendable',
  'secret_ambiguous',
  'secret_unreadable',
])

/** Whether the door may open with secrets of which these are the problems; a weak secret opens it. */
export function secretsUsable(issues: readonly Issue[]): boolean {
  return !issues.some(({ code }) => disqualifying.has(code))
}

/** Whether an issue is about a secret: such are warnings where a malformed setting is fatal. */
export function isSecretIssue({ code }: Issue): boolean {
  return disqualifying.has(code) || code === 'secret_weak'
}

function isGiven(secret: NamedSecret | undefined): secret is NamedSecret {
  return secret !== undefined && secret.value.trim() !== ''
}

function missing({ current }: SecretsToJudge, { enforced }: SecretRules): Issue {
  const variable = current?.name ?? 'MIGRATION_SECRET'
  return issue({
    code: 'secret_missing',
    severity: enforced ? 'fatal' : 'warning',
    variable,
    message: `${variable} is not set, or blank`,
    remedy: `${remedies.make} Or set MIGRATION_ENDPOINT=off and migrate from the pipeline.`,
  })
}

function unsendable({ name, value }: NamedSecret, { enforced }: SecretRules): Issue[] {
  const reason = whyUnsendable(value)
  if (reason === undefined) return []
  return [
    issue({
      code: 'secret_unsendable',
      severity: enforced ? 'fatal' : 'warning',
      variable: name,
      message: `${name} cannot be sent as a bearer token: ${reason}`,
      remedy: remedies.make,
    }),
  ]
}

function whyUnsendable(value: string): string | undefined {
  if (b64token.test(value)) {
    return value.length > longestToken ? `it is longer than ${longestToken} characters` : undefined
  }
  if (/[\r\n]$/.test(value)) return 'it ends with a line break (was it made with echo? use printf)'
  if (/^\s|\s$/.test(value)) return 'it begins or ends with white space'
  return 'RFC 6750 allows letters, digits, - . _ ~ + / and, at the end only, ='
}

function indistinct(secret: NamedSecret, others: readonly NamedSecret[], { enforced }: SecretRules): Issue[] {
  const same = others.filter((other) => sameSecret(secret.value, other.value)).map(({ name }) => name)
  if (same.length === 0) return []
  return [
    issue({
      code: 'secret_not_distinct',
      severity: enforced ? 'fatal' : 'warning',
      variable: secret.name,
      message: `${secret.name} is the same as ${[...new Set(same)].join(', ')} (compared trimmed and decoded)`,
      remedy: remedies.rotate,
    }),
  ]
}

function weak({ name, value }: NamedSecret, { enforced, strict }: SecretRules): Issue[] {
  const reason = weakness(value)
  if (reason === undefined) return []
  const severity = strict ? 'fatal' : 'error'
  return [
    issue({
      code: 'secret_weak',
      severity: enforced ? severity : 'warning',
      variable: name,
      message: `${name} is weak: it ${reason}`,
      remedy: remedies.make,
    }),
  ]
}
