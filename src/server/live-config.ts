import { resolve } from 'node:path'
import type { EnvironmentVariables } from '../../config/environment.js'
import type { Issue } from '../../config/issue.js'
import type { LoadedConfig } from '../../config/load.js'
import type { MigrationSecrets, Settings } from '../../config/settings.js'
import { createAllowlist, type Allowlist } from '../network/allowlist.js'
import type { Logger } from '../observe/logger.js'
import { followFiles } from './follow-files.js'

/** What a running server takes anew from its files; each request sees the old value or the new one. */
export interface LiveConfig {
  readonly secrets: () => MigrationSecrets
  readonly allowlist: () => Allowlist
  stop(): void
}

export interface LiveConfigOptions {
  readonly settings: Settings
  readonly env: EnvironmentVariables
  readonly cwd: string
  /** Reads the whole configuration again. */
  readonly load: () => LoadedConfig
  /** Told new secret values before they are used, so that no log line shows them. */
  readonly learn: (values: readonly string[]) => void
  readonly logger: Logger
}

const secretVariables = ['MIGRATION_SECRET', 'MIGRATION_SECRET_PREVIOUS', 'MIGRATION_READ_SECRET']
const allowlistVariable = 'MIGRATION_ALLOWED_IPS'

/** Follows the files behind secrets and allowlist. Content that a start would refuse changes nothing and is logged. */
export function followConfig(options: LiveConfigOptions): LiveConfig {
  const { settings, learn, logger } = options
  let secrets = settings.secrets
  let allowlist = createAllowlist(settings.allowedIps)

  const reload = (what: string, variables: readonly string[], take: (fresh: Settings) => boolean): void => {
    const { settings: fresh, issues } = options.load()
    learn(fresh.redact)
    const problems = issues.filter(
      (issue) => issue.severity !== 'info' && variables.includes(issue.variable ?? ''),
    )
    if (problems.length === 0 && take(fresh)) logger.info(`${what} changed: the new content is in use`)
    else
      logger.error(`${what} changed, but cannot be used: the former content stays`, {
        problems: told(problems),
      })
  }
  const stops = [
    followFiles(filesOf(secretVariables, options), () => {
      reload('a secret file', secretVariables, (fresh) => {
        if (fresh.secrets.usable) secrets = fresh.secrets
        return fresh.secrets.usable
      })
    }),
    followFiles(filesOf([allowlistVariable], options), () => {
      reload('the allowlist file', [allowlistVariable], (fresh) => {
        const usable = fresh.allowedIps.length > 0
        if (usable) allowlist = createAllowlist(fresh.allowedIps)
        return usable
      })
    }),
  ]
  return Object.freeze({
    secrets: () => secrets,
    allowlist: () => allowlist,
    stop: () => stops.forEach((stop) => stop()),
  })
}

function filesOf(variables: readonly string[], { env, cwd }: LiveConfigOptions): readonly string[] {
  return variables.flatMap((name) => {
    const path = env[`${name}_FILE`]
    return path ? [resolve(cwd, path)] : []
  })
}

function told(issues: readonly Issue[]): readonly string[] {
  return issues.map(({ message, remedy }) => `${message}. ${remedy}`)
}
