import type { EnvironmentVariables } from '../../config/environment.js'
import type { Issue } from '../../config/issue.js'
import { loadConfig, type LoadedConfig } from '../../config/load.js'
import { isSecretIssue } from '../../config/secrets.js'
import { createWinstonLogger } from '../observe/winston.js'
import type { Logger } from '../observe/logger.js'
import { reportIssues } from './report.js'

/** What all checks together found. */
export interface StartupReport {
  /** Whether there is a warning or worse. */
  readonly hasIssues: boolean
  readonly issues: readonly Issue[]
}

/** Where the checks look. */
export interface CheckOptions {
  /** Where relative paths begin. Default: the working directory. */
  readonly cwd?: string
}

/** The problems of the migration secrets: none in the build phase, nor with `MIGRATION_ENDPOINT=off`. */
export function validateMigrationSecret(
  env: EnvironmentVariables,
  options: CheckOptions = {},
): readonly Issue[] {
  return Object.freeze(load(env, options).issues.filter(isSecretIssue))
}

/** Logs the problems of the migration secrets (by default as JSON on stderr), and returns them; ends nothing. */
export function checkMigrationSecret(
  env: EnvironmentVariables,
  logger?: Logger,
  options: CheckOptions = {},
): readonly Issue[] {
  const { settings, issues } = load(env, options)
  const found = issues.filter(isSecretIssue)
  const { redact } = settings
  reportIssues(found, logger ?? createWinstonLogger({ redact, stream: process.stderr }))
  return Object.freeze(found)
}

/** Runs every check of a start, of settings as well as of secrets, and only tells what it found. */
export function runStartupChecks(env: EnvironmentVariables, options: CheckOptions = {}): StartupReport {
  const { issues } = load(env, options)
  return Object.freeze({ hasIssues: issues.some(({ severity }) => severity !== 'info'), issues })
}

function load(env: EnvironmentVariables, { cwd = process.cwd() }: CheckOptions): LoadedConfig {
  return loadConfig(env, { cwd })
}
