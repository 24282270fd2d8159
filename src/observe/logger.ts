/** Structured members of a log line. Values are scrubbed of known secrets before they are written. */
export type LogFields = Readonly<Record<string, unknown>>

/** The port through which everything logs; winston stands behind it in the server, anything in a host application. */
export interface Logger {
  error(message: string, fields?: LogFields): void
  warn(message: string, fields?: LogFields): void
  info(message: string, fields?: LogFields): void
  debug(message: string, fields?: LogFields): void
}

/** Writes nothing; the default of a library that was given no logger. */
export const silentLogger: Logger = Object.freeze({ error() {}, warn() {}, info() {}, debug() {} })
