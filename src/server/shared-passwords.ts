import type { Settings } from '../../config/settings.js'
import type { Alerts } from '../observe/alerts.js'
import type { Logger } from '../observe/logger.js'
import { ProjectConfigError } from '../project/failure.js'
import type { LiveConfig } from './live-config.js'

export interface SharedPasswordsOptions {
  readonly settings: Settings
  readonly alerts: Pick<Alerts, 'send'>
  readonly logger: Logger
}

/**
 * Compares the migration secrets with the password that the knexfile itself connects with, which is known only once the
 * knexfile is loaded, and before anything is connected. One that is the same throws `ProjectConfigError` in production,
 * as at the start; elsewhere it is one warning, and the door answers 503.
 */
export function refuseSharedPasswords(
  live: Pick<LiveConfig, 'mustDiffer'>,
  { settings, alerts, logger }: SharedPasswordsOptions,
): (passwords: readonly string[]) => void {
  return (passwords) => {
    const named = passwords.map((value) => ({ name: "the password in the knexfile's connection", value }))
    const issues = live.mustDiffer(named)
    if (issues.length === 0) return
    const message = issues.map((issue) => `${issue.message}. ${issue.remedy}`).join(' ')
    if (settings.environment.mode !== 'production') {
      logger.warn(`${message} The door answers 503 until that is mended.`, { code: 'secret_not_distinct' })
      return
    }
    logger.error(message, { code: 'secret_not_distinct' })
    alerts.send({ level: 'fatal', code: 'misconfigured', message: `Sallyport does not start: ${message}` })
    throw new ProjectConfigError(message)
  }
}
