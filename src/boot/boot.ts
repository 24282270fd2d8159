import type { EnvironmentVariables } from '../../config/environment.js'
import type { Issue } from '../../config/issue.js'
import { loadConfig, type LoadedConfig } from '../../config/load.js'
import type { Settings } from '../../config/settings.js'
import type { Alerts } from '../observe/alerts.js'
import type { Logger } from '../observe/logger.js'
import { createSentryAlerts } from '../observe/sentry.js'
import { createWinstonLogger, type DrainableLogger } from '../observe/winston.js'
import { issuesInWords, reportIssues } from './report.js'
import { startSummary } from './summary.js'

/** What `boot` does otherwise than `sallyport serve` would; all of it optional. */
export interface BootOptions {
  /** Where package.json, a knexfile, `.env` files and relative paths are looked for. Default: the working directory. */
  readonly cwd?: string
  /** Whether `.env.local` and `.env` are read too, in local environments. Default: false; `sallyport serve` sets it. */
  readonly dotenv?: boolean
  /** Whether the log goes to a terminal. Default: whether stdout is one. */
  readonly terminal?: boolean
  /** Default: winston on stdout. One with `drain` is drained before the process ends. */
  readonly logger?: Logger & Partial<Pick<DrainableLogger, 'drain'>>
  /** Default: Sentry, where `SENTRY_DSN` is set. */
  readonly alerts?: Alerts
}

/** sysexits.h: EX_CONFIG. */
const configurationExitCode = 78
/** What delivering the alert may take in all, in milliseconds. */
const alertMs = 2_000

/**
 * The boot module: reports every problem of the environment at once and, if one is fatal, alerts and ends the process
 * with 78; call it before anything listens or connects. Resolves with the settings, or in the build phase, where nothing
 * is checked, with undefined. Never rejects.
 */
export async function boot(
  env: EnvironmentVariables,
  options: BootOptions = {},
): Promise<Settings | undefined> {
  const { cwd = process.cwd(), dotenv = false, terminal = process.stdout.isTTY } = options
  return bootWith(loadConfig(env, { cwd, dotenv, terminal }), env, options)
}

/** `boot` with the settings of this environment as they were read already. */
export async function bootWith(
  { settings, issues }: LoadedConfig,
  env: EnvironmentVariables,
  options: Omit<BootOptions, 'cwd' | 'dotenv'> = {},
): Promise<Settings | undefined> {
  const { terminal = process.stdout.isTTY } = options
  if (settings.environment.mode === 'build') return undefined
  const { logLevel: level, logFormat: format, redact } = settings
  const logger =
    options.logger ?? createWinstonLogger({ level, format, redact, colour: terminal && !env['NO_COLOR'] })
  const alerts = options.alerts ?? alertsOf(settings)
  reportIssues(issues, logger)
  const fatal = issues.filter(({ severity }) => severity === 'fatal')
  if (fatal.length > 0) return end(fatal, logger, alerts)
  alertOfErrors(settings, issues, alerts)
  const { message, fields } = startSummary(settings)
  logger.info(message, fields)
  return settings
}

function alertsOf({ sentryDsn: dsn, release, environment, redact }: Settings): Alerts {
  return createSentryAlerts({ dsn, release, environment: environment.name, redact })
}

/** The alert is not waited for: the process lives on. */
function alertOfErrors({ environment }: Settings, issues: readonly Issue[], alerts: Alerts): void {
  const errors = issues.filter(({ severity }) => severity === 'error')
  if (environment.mode !== 'production' || errors.length === 0) return
  const message = `Sallyport starts misconfigured: ${issuesInWords(errors)}`
  alerts.send({ level: 'error', code: 'misconfigured', message, tags: tagsOf(errors) })
}

async function end(
  fatal: readonly Issue[],
  logger: Logger & Partial<Pick<DrainableLogger, 'drain'>>,
  alerts: Alerts,
): Promise<never> {
  // Also if something below ends the process first, or stands still, the supervisor gets the right code.
  process.exitCode = configurationExitCode
  const message = `Sallyport does not start: ${issuesInWords(fatal)}`
  alerts.send({ level: 'fatal', code: 'misconfigured', message, tags: tagsOf(fatal) })
  if (!(await alerts.flush(alertMs).catch(() => false))) {
    logger.warn('the alert could not be delivered to Sentry', { code: 'alert_undelivered' })
  }
  const many = fatal.length === 1 ? '1 problem' : `${fatal.length} problems`
  logger.error(`not starting: ${many} in the configuration, exit code ${configurationExitCode}`, {
    code: 'misconfigured',
  })
  await logger.drain?.()
  // eslint-disable-next-line no-restricted-syntax -- the caller would go on to listen and connect; the lines are drained
  process.exit(configurationExitCode)
}

/** Sentry cuts a tag's value at 200 characters. */
function tagsOf(issues: readonly Issue[]): Readonly<Record<string, string>> {
  const variables = issues.flatMap(({ variable }) => variable ?? [])
  return { variables: [...new Set(variables)].join(' ').slice(0, 200) }
}
