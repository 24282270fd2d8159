import { warningCodes, type Issue } from '../../config/issue.js'
import type { Settings } from '../../config/settings.js'
import type { BootFacts } from '../runs/options.js'

/**
 * What the journal keeps of a configuration with each run. Of secrets it is only told which there are, and nothing of
 * where the database is; so its fingerprint tells no secret, and is equal on every replica that is configured alike.
 */
export function bootFacts(settings: Settings, issues: readonly Issue[]): BootFacts {
  const { secrets, redact: _values, databaseUrl, sentryDsn, ...plain } = settings
  const { current, previous, read, usable } = secrets
  const configured = Object.freeze({
    ...plain,
    secrets: { current: Boolean(current), previous: Boolean(previous), read: Boolean(read), usable },
    databaseUrl: Boolean(databaseUrl),
    sentryDsn: Boolean(sentryDsn),
  })
  return Object.freeze({ configured, warnings: warningCodes(issues) })
}
