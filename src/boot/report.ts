import type { Issue } from '../../config/issue.js'
import { isSecretIssue, secretsUsable } from '../../config/secrets.js'
import type { Logger } from '../observe/logger.js'

const levels = { fatal: 'error', error: 'error', warning: 'warn', info: 'info' } as const

/** Logs every issue: a line each, but what is only a warning about the secrets in one line together. */
export function reportIssues(issues: readonly Issue[], logger: Logger): void {
  const together = issues.filter((issue) => isSecretIssue(issue) && issue.severity === 'warning')
  for (const issue of issues.filter((candidate) => !together.includes(candidate))) {
    const { code, severity, variable, message, remedy } = issue
    logger[levels[severity]](message, { code, ...(variable === undefined ? {} : { variable }), remedy })
  }
  if (together.length > 0) warnOnce(together, logger)
}

function warnOnce(issues: readonly Issue[], logger: Logger): void {
  const consequence = secretsUsable(issues) ? '' : '; the door answers 503 until that is mended'
  logger.warn(`${issuesInWords(issues)}${consequence}`, {
    code: distinct(issues.map(({ code }) => code)).join(' '),
    remedy: distinct(issues.map(({ remedy }) => remedy)).join(' '),
  })
}

/** What an alert says of the issues: their messages, which hold no secret. */
export function issuesInWords(issues: readonly Issue[]): string {
  return issues.map(({ message }) => message).join('; ')
}

function distinct<T>(values: readonly T[]): T[] {
  return [...new Set(values)]
}
