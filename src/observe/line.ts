import type { LogFields } from './logger.js'
import { plain, type PlainOptions } from './plain.js'

/** One event on its way to a line. */
export interface LogEvent {
  readonly level: LogLevel
  readonly message: string
  readonly fields: LogFields
  readonly at: Date
}

export type LogLevel = 'error' | 'warn' | 'info' | 'debug'

const reserved: readonly string[] = ['timestamp', 'level', 'message']

/** One line of JSON: `timestamp`, `level`, `message`, then the fields, which cannot replace those three. */
export function jsonLine({ level, message, fields, at }: LogEvent, options: PlainOptions): string {
  const told = JSON.stringify(plain(message, options))
  const members = JSON.stringify(withoutReserved(plain(fields, options) as LogFields)).slice(1)
  // Written one after the other: to spread one object into another costs more than all else that is done for a line.
  const head = `{"timestamp":"${at.toISOString()}","level":"${level}","message":${told}`
  return printable(members === '}' ? `${head}}` : `${head},${members}`)
}

function withoutReserved(fields: LogFields): LogFields {
  if (!reserved.some((name) => Object.hasOwn(fields, name))) return fields
  const members = Object.entries(fields).map(([key, value]) => [
    reserved.includes(key) ? `${key}_` : key,
    value,
  ])
  return Object.fromEntries(members) as LogFields
}

const colours: Readonly<Record<LogLevel, number>> = { error: 31, warn: 33, info: 32, debug: 90 }

/** One line for people: time of day, level, message, `name=value` for each field. */
export function prettyLine(
  { level, message, fields, at }: LogEvent,
  options: PlainOptions & { readonly colour: boolean },
): string {
  const scrubbed = plain(fields, options) as LogFields
  const pairs = Object.entries(scrubbed)
    .filter(([, value]) => value !== undefined)
    .map(
      ([key, value]) =>
        `${key}=${typeof value === 'string' && /^[\w.:/-]+$/.test(value) ? value : JSON.stringify(value)}`,
    )
  const paint = (code: number, text: string) => (options.colour ? `\u001b[${code}m${text}\u001b[0m` : text)
  const time = at.toISOString().slice(11, 23)
  const text = singleLine(String(plain(message, options)))
  const rest = pairs.length === 0 ? '' : `  ${paint(90, printable(pairs.join(' ')))}`
  return `${paint(90, time)} ${paint(colours[level], level.padEnd(5))} ${text}${rest}`
}

/** JSON's own escapes for line breaks and the other C0 controls, so that a message cannot forge a line. */
function singleLine(text: string): string {
  return printable(
    JSON.stringify(text)
      .slice(1, -1)
      .replace(/\\(["\\])/g, '$1'),
  )
}

/**
 * JSON escapes C0 only. C1 holds a one-byte CSI that terminals obey, U+2028 ends lines for some readers, and the
 * bidirectional controls reorder what is shown.
 */
function printable(json: string): string {
  return json.replace(
    /[\u007f-\u009f\u2028-\u202e\u2066-\u2069\ufeff]/g,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
}
