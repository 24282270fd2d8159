import { resolve } from 'node:path'
import type { EnvironmentVariables } from '../../config/environment.js'
import type { Issue } from '../../config/issue.js'
import type { LoadedConfig } from '../../config/load.js'
import { otherSecretNames } from '../../config/variables.js'
import type { MigrationSecrets, Settings } from '../../config/settings.js'
import { createAllowlist, type Allowlist } from '../network/allowlist.js'
import type { Network } from '../network/cidr.js'
import type { Logger } from '../observe/logger.js'
import { followFiles, type Reload } from './follow-files.js'

/** What a running server takes anew from its files; each request sees the old value or the new one. */
export interface LiveConfig {
  readonly secrets: () => MigrationSecrets
  readonly allowlist: () => Allowlist
  /** The entries of the allowlist that is in use. */
  readonly allowedIps: () => readonly Network[]
  /** Since when this process accepts a previous secret; undefined while it does not. */
  readonly rotatingSince: () => Date | undefined
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
  /** For metrics and alerts. */
  readonly reloaded: (reload: Reload) => void
}

const secretVariables = ['MIGRATION_SECRET', 'MIGRATION_SECRET_PREVIOUS', 'MIGRATION_READ_SECRET']
/** None of these may equal a migration secret, nor be shown; what uses them is not ours to restart. */
const comparedVariables = [...otherSecretNames, 'DATABASE_URL', 'MIGRATION_DATABASE_URL']
const allowlistVariable = 'MIGRATION_ALLOWED_IPS'
const names = { secret: 'a secret file', allowlist: 'the allowlist file' } as const

/** Follows the files behind secrets and allowlist. Content that a start would refuse changes nothing and is logged. */
export function followConfig(options: LiveConfigOptions): LiveConfig {
  const { settings } = options
  let secrets = settings.secrets
  let { allowedIps } = settings
  let allowlist = createAllowlist(allowedIps)
  let rotatingSince = settings.secrets.previous === undefined ? undefined : new Date()
  const take = (fresh: MigrationSecrets): void => {
    if (fresh.previous !== secrets.previous)
      rotatingSince = fresh.previous === undefined ? undefined : new Date()
    secrets = fresh
  }

  const reload = createReload(options)
  const stops = [
    followFiles(filesOf([...secretVariables, ...comparedVariables], options), () => {
      reload('secret', secretVariables, (fresh) => {
        if (fresh.secrets.usable) take(fresh.secrets)
        return fresh.secrets.usable
      })
    }),
    followFiles(filesOf([allowlistVariable], options), () => {
      reload('allowlist', [allowlistVariable], (fresh) => {
        const usable = fresh.allowedIps.length > 0
        if (usable) allowlist = createAllowlist((allowedIps = fresh.allowedIps))
        return usable
      })
    }),
  ]
  return Object.freeze({
    secrets: () => secrets,
    allowlist: () => allowlist,
    allowedIps: () => allowedIps,
    rotatingSince: () => rotatingSince,
    stop: () => stops.forEach((stop) => stop()),
  })
}

type Take = (fresh: Settings) => boolean

/** Reads everything again; takes it into use, or says why not. */
function createReload({ load, learn, logger, reloaded }: LiveConfigOptions) {
  return (what: 'secret' | 'allowlist', variables: readonly string[], take: Take): void => {
    const { settings: fresh, issues } = load()
    learn(fresh.redact)
    const problems = issues.filter(
      (issue) => issue.severity !== 'info' && variables.includes(issue.variable ?? ''),
    )
    const why = told(problems)
    const used = problems.length === 0 && take(fresh)
    if (used) logger.info(`${names[what]} changed: the new content is in use`)
    else {
      logger.error(`${names[what]} changed, but cannot be used: the former content stays`, { problems: why })
    }
    reloaded({ what, used, ...(used ? {} : { why }) })
  }
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
