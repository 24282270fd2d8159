import { readAllowlist } from './allowlist.js'
import { loadCredentials } from './credentials.js'
import { mergeDotenv } from './dotenv.js'
import { environmentIssues, resolveEnvironment, type EnvironmentVariables } from './environment.js'
import type { Issue } from './issue.js'
import { misspeltVariables } from './misspelt.js'
import { createReader, type Reader } from './reader.js'
import { packageVersion } from './release.js'
import { crossCheck } from './cross-check.js'
import type { Environment, Settings } from './settings.js'

export interface LoadOptions {
  /** Where `.env` files, package.json, a knexfile and relative paths are looked for. */
  readonly cwd: string
  /** Whether `.env.local` and `.env` are read too, in local environments. Default: false. */
  readonly dotenv?: boolean
  /** `pipeline`: nothing listens, so that no secret and no allowlist is required. Default: `serve`. */
  readonly purpose?: 'serve' | 'pipeline'
  /** Whether the log goes to a terminal, where `LOG_FORMAT` is `pretty` by default. Default: false. */
  readonly terminal?: boolean
}

export interface LoadedConfig {
  /**
   * With a fatal issue among `issues` they serve for reporting it only: what is malformed has its default, an allowlist
   * its empty one.
   */
  readonly settings: Settings
  /** Every problem at once; frozen. */
  readonly issues: readonly Issue[]
}

/**
 * The environment as it is trusted from here on. Reads files, opens no socket, changes nothing, never throws. In the
 * build phase nothing of it is read and there are no issues.
 */
export function loadConfig(env: EnvironmentVariables, options: LoadOptions): LoadedConfig {
  const environment = resolveEnvironment(env)
  if (environment.mode !== 'build') return load(env, environment, options)
  // While Next.js builds, there are no secrets to find and no settings to hold anybody to.
  const { settings } = load({}, environment, { ...options, dotenv: false })
  return Object.freeze({ settings, issues: Object.freeze([]) })
}

function load(env: EnvironmentVariables, environment: Environment, options: LoadOptions): LoadedConfig {
  const { cwd, dotenv = false, purpose = 'serve' } = options
  const merged = dotenv ? mergeDotenv(env, cwd) : { env, issues: [] }
  const reader = createReader({ env: merged.env, cwd, local: environment.local })
  const endpoint = reader.read('MIGRATION_ENDPOINT')
  const listens = endpoint && purpose === 'serve'
  const strict = reader.read('MIGRATION_SECRET_POLICY') === 'strict'
  const credentials = loadCredentials({ env: merged.env, cwd, environment, required: listens, strict })
  const settings: Settings = Object.freeze({
    environment,
    endpoint,
    secrets: credentials.secrets,
    compared: credentials.compared,
    redact: credentials.redact,
    ...readDatabase(reader),
    ...readRun(reader),
    ...readNetwork(reader, merged.env, environment.local),
    ...readObservation(reader, options),
  })
  crossCheck({ settings, reader, env: merged.env, cwd, listens })
  const issues = [
    ...environmentIssues(env),
    ...merged.issues,
    ...credentials.issues,
    ...reader.issues,
    ...misspeltVariables(merged.env),
  ]
  return Object.freeze({ settings, issues: Object.freeze(issues) })
}

function readDatabase(reader: Reader) {
  const applications = reader.read('DATABASE_URL')
  return {
    databaseUrl: reader.read('MIGRATION_DATABASE_URL') ?? applications,
    knexfile: reader.read('KNEXFILE'),
    migrationsDir: reader.read('MIGRATIONS_DIR'),
    schema: reader.read('SALLYPORT_SCHEMA'),
  }
}

function readRun(reader: Reader) {
  return {
    migrateOnBoot: reader.read('MIGRATE_ON_BOOT'),
    lockTimeoutMs: reader.read('MIGRATION_LOCK_TIMEOUT'),
    statementTimeoutMs: reader.read('MIGRATION_STATEMENT_TIMEOUT'),
    budgetMs: reader.read('MIGRATION_BUDGET'),
    drift: reader.read('MIGRATION_DRIFT'),
    waitMs: reader.read('MIGRATION_WAIT'),
    shutdownGraceMs: reader.read('SHUTDOWN_GRACE'),
  }
}

function readNetwork(reader: Reader, env: EnvironmentVariables, local: boolean) {
  const host = reader.read('HOST')
  const certFile = reader.read('TLS_CERT_FILE')
  const keyFile = reader.read('TLS_KEY_FILE')
  return {
    ...readAllowlist(reader, env, local),
    trustedProxies: Object.freeze(reader.read('TRUSTED_PROXIES')),
    ops: Object.freeze({ host, port: reader.read('PORT') }),
    health: Object.freeze({ host: reader.read('HEALTH_HOST') ?? host, port: reader.read('HEALTH_PORT') }),
    tls: certFile && keyFile ? Object.freeze({ certFile, keyFile }) : undefined,
  }
}

function readObservation(reader: Reader, { cwd, terminal = false }: LoadOptions) {
  return {
    release: reader.read('RELEASE') ?? packageVersion(cwd),
    console: reader.read('CONSOLE'),
    sentryDsn: reader.read('SENTRY_DSN'),
    logLevel: reader.read('LOG_LEVEL'),
    logFormat: reader.read('LOG_FORMAT') ?? (terminal ? 'pretty' : 'json'),
  } as const
}
