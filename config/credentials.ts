import type { EnvironmentVariables } from './environment.js'
import { readInput } from './input.js'
import { issue, type Issue } from './issue.js'
import { urlPasswords } from './parse/url.js'
import { judgeSecrets, secretsUsable, type NamedSecret, type SecretsToJudge } from './secrets.js'
import type { Environment, MigrationSecrets } from './settings.js'
import { otherSecretNames } from './variables.js'

/** The secrets of an environment, judged. */
export interface Credentials {
  readonly secrets: MigrationSecrets
  readonly issues: readonly Issue[]
  /** The credentials with which they were compared. */
  readonly compared: readonly NamedSecret[]
  /** Every secret value that was seen, for redaction. */
  readonly redact: readonly string[]
}

export interface CredentialsOptions {
  readonly env: EnvironmentVariables
  readonly cwd: string
  readonly environment: Environment
  /** False: nobody calls the door, so that no rule applies and no secret is usable. */
  readonly required: boolean
  /** `MIGRATION_SECRET_POLICY=strict`. */
  readonly strict: boolean
}

const databaseUrls = ['DATABASE_URL', 'MIGRATION_DATABASE_URL']

/** Reads every secret, itself or by `_FILE`, and applies the rules; also what a re-reading of changed files calls. */
export function loadCredentials(options: CredentialsOptions): Credentials {
  const { env, cwd, environment, required, strict } = options
  const enforced = environment.mode === 'production'
  const unread: Issue[] = []
  const take = (name: string): string | undefined => {
    // A rotation ends with an empty file: the mounted one cannot be taken away without a restart.
    const { text, problem } = readInput(env, name, { cwd, mayBeEmpty: name === 'MIGRATION_SECRET_PREVIOUS' })
    if (problem !== undefined) {
      const { kind, message, remedy } = problem
      const severity = enforced ? 'fatal' : 'warning'
      unread.push(issue({ code: `secret_${kind}`, severity, variable: name, message, remedy }))
    }
    return text
  }
  const named = (name: string): NamedSecret | undefined => {
    const value = take(name)
    return value === undefined ? undefined : { name, value }
  }
  const ours = {
    current: named('MIGRATION_SECRET'),
    previous: named('MIGRATION_SECRET_PREVIOUS'),
    read: named('MIGRATION_READ_SECRET'),
  }
  const sessions = otherSecretNames.map(named).filter((secret) => secret !== undefined)
  const others = Object.freeze(
    [...sessions, ...databasePasswords(env, cwd)].map((other) => Object.freeze(other)),
  )
  const toJudge = { ...ours, others }
  const issues = required ? judge(toJudge, unread, { enforced, strict }) : []
  return Object.freeze({
    secrets: trusted(ours, required && secretsUsable(issues)),
    issues: Object.freeze(issues),
    compared: others,
    redact: redactable(toJudge),
  })
}

function judge(
  secrets: SecretsToJudge,
  unread: readonly Issue[],
  rules: { readonly enforced: boolean; readonly strict: boolean },
): readonly Issue[] {
  const unreadNames = unread.map(({ variable }) => variable)
  // What was given but could not be read is one problem, not two.
  const judged = judgeSecrets(secrets, rules).filter(
    ({ code, variable }) => code !== 'secret_missing' || !unreadNames.includes(variable),
  )
  const nothingToCompare =
    secrets.current !== undefined && !secrets.others.some(({ name }) => /^(?:NEXT)?AUTH_SECRET/.test(name))
  return [...unread, ...judged, ...(nothingToCompare ? [otherAbsent] : [])]
}

const otherAbsent = issue({
  code: 'other_secret_absent',
  severity: 'info',
  variable: 'NEXTAUTH_SECRET',
  message: 'NEXTAUTH_SECRET is not set here, so MIGRATION_SECRET was not compared with it',
  remedy: 'If the application uses one, give it to this process as well, so that the separation is checked.',
})

function databasePasswords(env: EnvironmentVariables, cwd: string): readonly NamedSecret[] {
  // What libpq and pg take where a URL holds none.
  const { PGPASSWORD } = env
  const libpqs = PGPASSWORD ? [{ name: 'PGPASSWORD', value: PGPASSWORD }] : []
  const written = databaseUrls.flatMap((name) => {
    // Unreadable files are reported where the URL itself is read.
    const { text = '' } = readInput(env, name, { cwd })
    return urlPasswords(text).map((value) => ({ name: `the password in ${name}`, value }))
  })
  return [...written, ...libpqs]
}

function trusted(
  { current, previous, read }: Omit<SecretsToJudge, 'others'>,
  usable: boolean,
): MigrationSecrets {
  const value = (secret: NamedSecret | undefined) =>
    usable && secret?.value.trim() ? secret.value : undefined
  return Object.freeze({ current: value(current), previous: value(previous), read: value(read), usable })
}

function redactable({ current, previous, read, others }: SecretsToJudge): readonly string[] {
  const values = [current, previous, read, ...others].flatMap((secret) => secret?.value ?? [])
  return Object.freeze([...new Set(values.flatMap((value) => [value, value.trim()]).filter(Boolean))])
}
