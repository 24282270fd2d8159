import type { Knex } from 'knex'
import type { Issue } from '../../config/issue.js'
import { connectionPasswords } from '../../config/parse/connection.js'
import type { MigrationSecrets } from '../../config/settings.js'
import type { Allowlist } from '../network/allowlist.js'
import type { Network } from '../network/cidr.js'
import { noAlerts, type Alerts } from '../observe/alerts.js'
import { silentLogger, type Logger } from '../observe/logger.js'
import { createRedactor } from '../observe/redactor.js'
import { scrubbedLogger } from '../observe/scrubbed-logger.js'
import { refuseMisuse } from './alone.js'
import { refuseNoOptions, unknownOptions } from './misuse.js'
import { allowlistOf, parseNetworks } from './networks.js'
import {
  secretOptionNames,
  secretProblems,
  secretValues,
  trustedSecrets,
  type SecretOptions,
} from './secrets.js'

/** What `sallyport()` is given. No option is read from the environment. */
export interface SallyportOptions extends SecretOptions {
  /** Yours: only its configuration is read, and connections of Sallyport's own are opened from it. */
  readonly knex: Knex
  /** Addresses and CIDRs that may call, as text or from the settings of `boot`; an empty list admits nobody. */
  readonly allowedIps: readonly (string | Network)[]
  /** Proxies whose `X-Forwarded-For` is believed. Default: none. */
  readonly trustedProxies?: readonly (string | Network)[] | undefined
  /** Default: nothing is logged. */
  readonly logger?: Logger | undefined
  /** Told of a run that failed, once for each, and by `checkIn`, if there is one, of each run's beginning and end; must not throw. Default: nobody is. */
  readonly alerts?: Pick<Alerts, 'send' | 'checkIn'> | undefined
  /** Replaces the directories of the knex configuration. Relative to the working directory. */
  readonly migrationsDir?: string | undefined
  /** Schema of the bookkeeping tables. Default: `sallyport`. */
  readonly schema?: string | undefined
  /** In answers and records. Default: the version in the package.json of the working directory. */
  readonly release?: string | undefined
  /** What an edited migration does. Default: `warn`. */
  readonly drift?: 'warn' | 'refuse' | undefined
  /** `lock_timeout` of each transactional attempt. Milliseconds. Default: 1000. */
  readonly lockTimeoutMs?: number | undefined
  /** Milliseconds; 0, the default, is none. */
  readonly statementTimeoutMs?: number | undefined
  /** Bound on waiting and retrying; never cuts work that goes on. Milliseconds. Default: 15 minutes. */
  readonly budgetMs?: number | undefined
  /** How long a POST waits before it answers 202. Milliseconds. Default: 50 000. */
  readonly waitMs?: number | undefined
  /** What a run under way gets when `close` is called. Milliseconds. Default: 25 000. */
  readonly shutdownGraceMs?: number | undefined
}

/** The trusted form of the options. */
export interface TrustedOptions {
  readonly knex: Knex
  readonly secrets: MigrationSecrets
  readonly secretIssues: readonly Issue[]
  /** As it was given: what it does not know is production. */
  readonly environment: string | undefined
  readonly allowlist: Allowlist
  /** The allowlist's entries. */
  readonly networks: readonly Network[]
  readonly trustedProxies: readonly Network[]
  /** Yours, given nothing that a known secret stands in. */
  readonly logger: Logger
  /** Takes the known secret values out of a text. */
  readonly redact: (text: string) => string
  readonly alerts: Pick<Alerts, 'send' | 'checkIn'>
  /** Whether alerts go anywhere. */
  readonly alerted: boolean
  readonly migrationsDir: string | undefined
  readonly schema: string
  readonly release: string | undefined
  readonly drift: 'warn' | 'refuse'
  readonly durations: Readonly<Record<keyof typeof defaultDurations, number>>
}

const defaultDurations = Object.freeze({
  lockTimeoutMs: 1_000,
  statementTimeoutMs: 0,
  budgetMs: 900_000,
  waitMs: 50_000,
  shutdownGraceMs: 25_000,
})
const durationNames = Object.keys(defaultDurations) as (keyof typeof defaultDurations)[]
const knownOptions = Object.freeze([
  'knex',
  'allowedIps',
  'trustedProxies',
  'logger',
  'alerts',
  'migrationsDir',
  'schema',
  'release',
  'drift',
  ...secretOptionNames,
  ...durationNames,
])

/** Throws `OptionsError` with everything that is wrong, misconfigured secrets in production among it. */
export function trustOptions(given: SallyportOptions): TrustedOptions {
  const of = 'sallyport()'
  refuseNoOptions(of, given)
  const allowed = parseNetworks('allowedIps', given.allowedIps)
  const trusted = parseNetworks('trustedProxies', given.trustedProxies ?? [])
  refuseMisuse(of, [
    ...unknownOptions(given, knownOptions),
    ...shapeProblems(given),
    ...secretProblems(given),
    ...allowed.problems,
    ...trusted.problems,
  ])
  const { knex, alerts = noAlerts, migrationsDir, release } = given
  const { schema = 'sallyport', drift = 'warn' } = given
  const { config } = knex.client as { readonly config: Knex.Config }
  // The secret is none of these; they are compared and forgotten.
  const passwords = connectionPasswords(config.connection)
  const redactor = createRedactor(secretValues(given, passwords))
  const logger = scrubbedLogger(given.logger ?? silentLogger, redactor)
  const { secrets, issues: secretIssues } = trustedSecrets(of, given, passwords, logger)
  return Object.freeze({
    knex,
    secrets,
    secretIssues,
    environment: given.environment,
    allowlist: allowlistOf(allowed.networks, logger),
    networks: allowed.networks,
    trustedProxies: trusted.networks,
    logger,
    redact: redactor.text,
    alerts,
    alerted: given.alerts !== undefined,
    migrationsDir,
    schema,
    release,
    drift,
    durations: { ...defaultDurations, ...durationsOf(given) },
  })
}

function shapeProblems(given: SallyportOptions): string[] {
  const { knex, logger, alerts, drift = 'warn' } = given as Partial<SallyportOptions>
  const texts = (['migrationsDir', 'schema', 'release'] as const).filter(
    (name) => given[name] !== undefined && (typeof given[name] !== 'string' || given[name].trim() === ''),
  )
  const durations = durationNames.filter((name) => !isDuration(given[name]))
  return [
    ...(isKnex(knex) ? [] : ['"knex" is to be a knex instance: knex({ client: "pg", … }).']),
    ...(logger === undefined || isLogger(logger) ? [] : ['"logger" is to have error, warn, info and debug.']),
    ...(alerts === undefined || isAlerts(alerts) ? [] : ['"alerts" is to have a function named send.']),
    ...(['warn', 'refuse'].includes(drift) ? [] : ['"drift" is to be "warn" or "refuse".']),
    ...texts.map((name) => `"${name}" is to be a string that is not blank.`),
    ...durations.map((name) => `"${name}" is to be a whole number of milliseconds, up to a day.`),
  ]
}

function isDuration(value: unknown): boolean {
  return value === undefined || (Number.isInteger(value) && Number(value) >= 0 && Number(value) <= 86_400_000)
}

function durationsOf(given: SallyportOptions): Partial<typeof defaultDurations> {
  return Object.fromEntries(
    durationNames.filter((name) => given[name] !== undefined).map((name) => [name, given[name]]),
  )
}

function isKnex(value: unknown): boolean {
  return typeof value === 'function' && 'client' in value && 'migrate' in value
}

function isLogger(value: object): boolean {
  const methods = value as Record<string, unknown>
  return ['error', 'warn', 'info', 'debug'].every((level) => typeof methods[level] === 'function')
}

function isAlerts(value: object): boolean {
  return 'send' in value && typeof value.send === 'function'
}
