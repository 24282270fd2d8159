import type { Settings } from '../../config/settings.js'
import type { LogFields } from '../observe/logger.js'

/** The line of a start that goes on, and the same as fields. */
export interface StartSummary {
  readonly message: string
  readonly fields: LogFields
}

/** Says what an auditor asks first: whether a secret of its own is in use, and who may reach the door. */
export function startSummary({
  secrets,
  endpoint,
  allowedIps,
  release,
  environment,
}: Settings): StartSummary {
  const dedicated = secrets.usable
  const rotating = secrets.previous !== undefined
  const entries = allowedIps.length
  const parts = [
    `dedicated migration secret: ${yesNo(dedicated)}`,
    `rotating: ${yesNo(rotating)}`,
    `endpoint: ${endpoint ? 'on' : 'off'}`,
    `allowlist: ${entries} ${entries === 1 ? 'entry' : 'entries'}`,
    `release: ${release}`,
  ]
  return {
    message: parts.join(', '),
    fields: { code: 'started', environment: environment.name, dedicated, rotating, endpoint, release },
  }
}

function yesNo(value: boolean): string {
  return value ? 'yes' : 'no'
}
