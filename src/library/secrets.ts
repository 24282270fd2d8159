import { resolveEnvironment } from '../../config/environment.js'
import type { Issue } from '../../config/issue.js'
import { judgeSecrets, secretsUsable, type NamedSecret } from '../../config/secrets.js'
import type { MigrationSecrets } from '../../config/settings.js'
import type { Logger } from '../observe/logger.js'
import { OptionsError } from './misuse.js'

/** The secrets, what they must differ from, and how strictly that is taken. */
export interface SecretOptions {
  /** The bearer token. Missing, blank, unsendable or equal to another: throws in production, else the door answers 503. */
  readonly secret: string | undefined
  /** Also accepted while rotating; its use is logged. */
  readonly previousSecret?: string | undefined
  /** May only look: `GET` and `HEAD`. */
  readonly readSecret?: string | undefined
  /** Every other secret in use, such as `NEXTAUTH_SECRET`; the secrets above must differ from each. Blank ones do not count. */
  readonly otherSecrets?: readonly (string | undefined)[] | undefined
  /** `strict`: a weak secret throws in production too. Default: `warn`. */
  readonly secretPolicy?: 'warn' | 'strict' | undefined
  /** `development`, `test` and `staging` only warn about secrets. Default, and for any other value: production. */
  readonly environment?: string | undefined
}

/** The names, for "did you mean". */
export const secretOptionNames = Object.freeze([
  'secret',
  'previousSecret',
  'readSecret',
  'otherSecrets',
  'secretPolicy',
  'environment',
] satisfies (keyof SecretOptions)[])

/** A sentence for each secret option that has the wrong type; none shows a value. */
export function secretProblems(options: SecretOptions): string[] {
  const isText = (value: unknown): boolean => value === undefined || typeof value === 'string'
  const { otherSecrets = [], secretPolicy = 'warn' } = options
  const texts = (['secret', 'previousSecret', 'readSecret', 'environment'] as const).filter(
    (name) => !isText(options[name]),
  )
  return [
    ...texts.map((name) => `"${name}" is to be a string.`),
    ...(Array.isArray(otherSecrets) && otherSecrets.every(isText)
      ? []
      : ['"otherSecrets" is to be an array of strings.']),
    ...(['warn', 'strict'].includes(secretPolicy) ? [] : ['"secretPolicy" is to be "warn" or "strict".']),
  ]
}

/** Everything that must stay unsaid. */
export function secretValues(options: SecretOptions, passwords: readonly string[]): readonly string[] {
  const { secret, previousSecret, readSecret, otherSecrets = [] } = options
  return [secret, previousSecret, readSecret, ...otherSecrets, ...passwords].filter(
    (value): value is string => value !== undefined,
  )
}

/** The secrets as the gates take them, and what is wrong with them. */
export interface JudgedSecrets {
  readonly secrets: MigrationSecrets
  readonly issues: readonly Issue[]
}

/** Applies the rules of a start. Throws `OptionsError` in production, where the environment would end the process. */
export function trustedSecrets(
  of: string,
  options: SecretOptions,
  passwords: readonly string[],
  logger: Logger,
): JudgedSecrets {
  const { secret, previousSecret, readSecret, otherSecrets = [], environment, secretPolicy } = options
  const enforced = resolveEnvironment({ NODE_ENV: environment }).mode === 'production'
  const others = [...named('otherSecrets', otherSecrets), ...named('the password of the database', passwords)]
  const issues = judgeSecrets(
    {
      current: { name: 'secret', value: secret ?? '' },
      previous: one('previousSecret', previousSecret),
      read: one('readSecret', readSecret),
      others,
    },
    { enforced, strict: secretPolicy === 'strict' },
  )
  const fatal = issues.filter(({ severity }) => severity === 'fatal')
  if (fatal.length > 0) throw new OptionsError(of, fatal.map(sentence))
  for (const issue of issues) report(issue, logger)
  const usable = secretsUsable(issues)
  const secrets = Object.freeze({
    current: usable ? secret : undefined,
    previous: usable ? previousSecret || undefined : undefined,
    read: usable ? readSecret || undefined : undefined,
    usable,
  })
  return Object.freeze({ secrets, issues })
}

function one(name: string, value: string | undefined): NamedSecret | undefined {
  return value === undefined ? undefined : { name, value }
}

function named(name: string, values: readonly (string | undefined)[]): NamedSecret[] {
  return values.flatMap((value) => (value === undefined ? [] : [{ name, value }]))
}

function sentence({ message, remedy }: Issue): string {
  return `${message}. ${remedy}`
}

function report(issue: Issue, logger: Logger): void {
  const log = issue.severity === 'warning' ? logger.warn : logger.error
  log(sentence(issue), { code: issue.code })
}
