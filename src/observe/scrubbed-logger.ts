import type { LogFields, Logger } from './logger.js'
import { plain } from './plain.js'
import type { Redactor } from './redactor.js'

/**
 * Somebody else's logger, given only what is scrubbed of known secrets: errors as plain objects, with the rows that
 * database errors quote at debug level alone.
 */
export function scrubbedLogger(logger: Logger, redactor: Redactor): Logger {
  const write =
    (level: keyof Logger) =>
    (message: string, fields?: LogFields): void => {
      const options = { redactor, rows: level === 'debug' }
      const scrubbed = fields === undefined ? [] : [plain(fields, options) as LogFields]
      logger[level](redactor.text(message), ...scrubbed)
    }
  return Object.freeze({
    error: write('error'),
    warn: write('warn'),
    info: write('info'),
    debug: write('debug'),
  })
}
