import type { EnvironmentVariables } from '../../config/environment.js'
import type { Issue } from '../../config/issue.js'
import type { LoadedConfig } from '../../config/load.js'
import { hasSecretFile, previousSecretWritten } from '../../config/secret-files.js'
import { judgeSecrets } from '../../config/secrets.js'
import type { MigrationSecrets, Settings } from '../../config/settings.js'
import type { Configuration, Names, Rotation } from '../check/configuration.js'
import type { Network } from '../network/cidr.js'
import { isLoopbackAddress } from '../network/loopback.js'
import type { Reloads } from './reloads.js'

/** What a running server has in use, which its files may not say any more. */
export interface InUse {
  readonly secrets: () => MigrationSecrets
  readonly allowedIps: () => readonly Network[]
  /** Since when this process accepts a previous secret. */
  readonly rotatingSince: () => Date | undefined
}

export interface CheckFactsOptions {
  readonly env: EnvironmentVariables
  readonly cwd: string
  /** As it is read now. */
  readonly loaded: LoadedConfig
  /** Passwords of the database that were learnt beside the environment: those of the knexfile. */
  readonly passwords: readonly string[]
  /** Absent for a command, which serves nobody. */
  readonly inUse?: InUse
  readonly refusedReloads?: ReturnType<Reloads['refused']>
}

const names: Names = Object.freeze({
  secret: 'MIGRATION_SECRET',
  previous: 'MIGRATION_SECRET_PREVIOUS',
  environment: 'NODE_ENV',
  allowlist: 'MIGRATION_ALLOWED_IPS',
  proxies: 'TRUSTED_PROXIES',
  connection: 'MIGRATION_DATABASE_URL',
  alerts: 'SENTRY_DSN',
})

/** What the environment says, as the checklist asks for it. */
export function configurationFrom(options: CheckFactsOptions): Configuration {
  const { env, loaded, inUse, refusedReloads = {} } = options
  const { settings } = loaded
  const { environment, release, endpoint, sentryDsn } = settings
  const secrets = inUse?.secrets() ?? settings.secrets
  return Object.freeze({
    release,
    names,
    environment: { name: environment.name, enforced: environment.mode === 'production' },
    endpoint,
    secrets: {
      issues: [...loaded.issues, ...alsoTheDatabases(secrets, options)],
      authorise: authorising(secrets),
      files: hasSecretFile(env),
      rotation: rotationOf(secrets, options),
    },
    network: networkFacts(settings, inUse),
    refusedReloads,
    serving: inUse !== undefined,
    alerts: sentryDsn !== undefined,
  })
}

function networkFacts(settings: Settings, inUse: InUse | undefined): Configuration['network'] {
  const { allowedIps, allowedIpsFile, trustedProxies, tls, ops } = settings
  return {
    allowed: inUse?.allowedIps() ?? allowedIps,
    file: allowedIpsFile !== undefined,
    proxies: trustedProxies.length,
    tls: tls === undefined ? 'none' : 'own',
    loopback: isLoopbackAddress(ops.host),
  }
}

function authorising({ current, previous }: MigrationSecrets): readonly string[] {
  return [
    ...(current === undefined ? [] : [names.secret]),
    ...(previous === undefined ? [] : [names.previous]),
  ]
}

/** The start compares with what the environment holds; the knexfile's password is known only once that is loaded. */
function alsoTheDatabases(
  { current, previous, read }: MigrationSecrets,
  { passwords, loaded }: CheckFactsOptions,
): readonly Issue[] {
  const named = (name: string, value: string | undefined) =>
    value === undefined ? undefined : { name, value }
  const others = passwords.map((value) => ({ name: 'the password of the database', value }))
  const judged = judgeSecrets(
    {
      current: named(names.secret, current),
      previous: named(names.previous, previous),
      read: named('MIGRATION_READ_SECRET', read),
      others,
    },
    { enforced: loaded.settings.environment.mode === 'production', strict: false },
  )
  return judged.filter(({ code }) => code === 'secret_not_distinct')
}

/** The earliest of what is known; a process knows only its own time, a file only when it was written. */
function rotationOf(
  { previous }: MigrationSecrets,
  { env, cwd, inUse }: CheckFactsOptions,
): Rotation | undefined {
  if (previous === undefined) return undefined
  const told = [
    { since: previousSecretWritten(env, cwd), toldBy: 'when its file was written' },
    { since: inUse?.rotatingSince(), toldBy: 'as this process knows' },
  ].filter((one): one is { since: Date; toldBy: string } => one.since !== undefined)
  const [earliest] = told.toSorted((a, b) => a.since.valueOf() - b.since.valueOf())
  return earliest ?? { since: undefined, toldBy: 'only a running server or a file can tell' }
}
