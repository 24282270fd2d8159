import { resolve } from 'node:path'
import type { EnvironmentVariables } from '../../config/environment.js'
import type { Issue } from '../../config/issue.js'
import type { LoadedConfig } from '../../config/load.js'
import { otherSecretNames } from '../../config/variables.js'
import type { NamedSecret } from '../../config/secrets.js'
import type { MigrationSecrets, Settings } from '../../config/settings.js'
import { createAllowlist, type Allowlist } from '../network/allowlist.js'
import type { Network } from '../network/cidr.js'
import type { Logger } from '../observe/logger.js'
import { followFiles, type Reload } from './follow-files.js'
import { createLiveSecrets, type LiveSecrets } from './live-secrets.js'

/** What a running server takes anew from its files; each request sees the old value or the new one. */
export interface LiveConfig {
  readonly secrets: () => MigrationSecrets
  readonly allowlist: () => Allowlist
  /** The entries of the allowlist that is in use. */
  readonly allowedIps: () => readonly Network[]
  /** Since when this process accepts a previous secret; undefined while it does not. */
  readonly rotatingSince: () => Date | undefined
  /** Names credentials that were learnt later; what of the secrets equals them, whereupon the door is closed. */
  mustDiffer(from: readonly NamedSecret[]): readonly Issue[]
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

/** Follows the files behind secrets and allowlist. Content that a start would refuse is logged and not used. */
export function followConfig(options: LiveConfigOptions): LiveConfig {
  const { settings, reloaded, logger } = options
  const secrets = createLiveSecrets(settings)
  let { allowedIps } = settings
  let allowlist = createAllowlist(allowedIps)
  const reread = createReread(options)
  const stops = [
    followFiles(filesOf([...secretVariables, ...comparedVariables], options), () => {
      const { fresh, problems } = reread([...secretVariables, ...otherSecretNames])
      reloaded(tellSecrets(secrets.take(fresh, problems.length === 0), problems, logger))
    }),
    followFiles(filesOf([allowlistVariable], options), () => {
      const { fresh, problems } = reread([allowlistVariable])
      const used = problems.length === 0 && fresh.allowedIps.length > 0
      if (used) allowlist = createAllowlist((allowedIps = fresh.allowedIps))
      reloaded(tell('allowlist', used, problems, logger))
    }),
  ]
  return Object.freeze({
    secrets: secrets.now,
    allowlist: () => allowlist,
    allowedIps: () => allowedIps,
    rotatingSince: secrets.rotatingSince,
    mustDiffer: secrets.mustDiffer,
    stop: () => stops.forEach((stop) => stop()),
  })
}

interface Reread {
  readonly fresh: Settings
  /** Of the variables that were asked for. */
  readonly problems: readonly Issue[]
}

function createReread({ load, learn }: LiveConfigOptions): (variables: readonly string[]) => Reread {
  return (variables) => {
    const { settings: fresh, issues } = load()
    learn(fresh.redact)
    const problems = issues.filter(
      ({ severity, variable }) => severity !== 'info' && variables.includes(variable ?? ''),
    )
    return { fresh, problems }
  }
}

function tellSecrets(
  { taken, clashes }: ReturnType<LiveSecrets['take']>,
  problems: readonly Issue[],
  logger: Logger,
): Reload {
  if (taken !== 'closed') return tell('secret', taken === 'used', problems, logger)
  const why = told(clashes)
  logger.error(
    'a secret file changed: a migration secret in use is now the same as another credential; the door answers 503 until they differ',
    { problems: why },
  )
  return { what: 'secret', used: false, closed: true, why }
}

function tell(
  what: 'secret' | 'allowlist',
  used: boolean,
  problems: readonly Issue[],
  logger: Logger,
): Reload {
  const why = told(problems)
  if (used) logger.info(`${names[what]} changed: the new content is in use`)
  else {
    logger.error(`${names[what]} changed, but cannot be used: the former content stays`, { problems: why })
  }
  return { what, used, ...(used ? {} : { why }) }
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
