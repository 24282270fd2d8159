import type { EnvironmentVariables } from '../../config/environment.js'
import { loadConfig, type LoadedConfig, type LoadOptions } from '../../config/load.js'
import { createRedactor, type Redactor } from '../observe/redactor.js'
import { createWinstonLogger, type DrainableLogger } from '../observe/winston.js'
import type { Terminal } from './terminal.js'

/** The environment as a command trusts it. */
export interface Configuration extends LoadedConfig {
  readonly env: EnvironmentVariables
  /** Reads it all again. */
  readonly load: () => LoadedConfig
  readonly redactor: Redactor
}

/** `--local`: where nobody chose an environment, it is `development`. Nothing else makes it so. */
export function localEnvironment(
  env: EnvironmentVariables,
  local: boolean | undefined,
): EnvironmentVariables {
  return local && !env['NODE_ENV'] ? Object.freeze({ ...env, NODE_ENV: 'development' }) : env
}

/** Reads the environment, and in local ones `.env.local` and `.env` beside it. */
export function configure(
  { env: given, cwd }: Terminal,
  local: boolean | undefined,
  options: Omit<LoadOptions, 'cwd' | 'dotenv'>,
): Configuration {
  const env = localEnvironment(given, local)
  const load = (): LoadedConfig => loadConfig(env, { ...options, cwd, dotenv: true })
  const loaded = load()
  return Object.freeze({ ...loaded, env, load, redactor: createRedactor(loaded.settings.redact) })
}

/** A logger for a command whose result goes to stdout: it writes to stderr, and leaves progress to the progress bar. */
export function commandLogger({ settings, redactor, env }: Configuration): DrainableLogger {
  const { logLevel, logFormat } = settings
  return createWinstonLogger({
    level: logLevel === 'info' ? 'warn' : logLevel,
    format: logFormat,
    redact: redactor,
    stream: process.stderr,
    colour: process.stderr.isTTY && !env['NO_COLOR'],
  })
}
