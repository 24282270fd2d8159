import { isIP } from 'node:net'
import { text as textThat, wrong, type Parser } from './parser.js'

const booleans: Readonly<Record<string, boolean>> = {
  true: true,
  '1': true,
  on: true,
  false: false,
  '0': false,
  off: false,
}

/** One of `true|false|1|0|on|off`, exactly. */
export const boolean: Parser<boolean> = (text) => {
  const value = Object.hasOwn(booleans, text) ? booleans[text] : undefined
  return value === undefined ? wrong('it is not a boolean') : { value }
}

/** A TCP port in plain decimals; 0 takes a free one. */
export const port: Parser<number> = (text) => {
  if (!/^(?:0|[1-9][0-9]{0,4})$/.test(text)) return wrong('it is not a port number')
  return Number(text) > 65_535 ? wrong('it is larger than 65535') : { value: Number(text) }
}

/** One of these words, exactly. */
export function oneOf<const Words extends readonly [string, ...string[]]>(
  words: Words,
): Parser<Words[number]> {
  return (text) => {
    const value = words.find((word) => word === text)
    return value === undefined ? wrong('it is none of the known words') : { value }
  }
}

const label = '[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?'
/** RFC 1123 §2.1; a last label of digits only would be a malformed IPv4 address. */
const hostname = new RegExp(`^(?=.{1,253}$)(?:${label}\\.)*(?!\\d+$)${label}$`)

/** An address or a host name to listen on. */
export const host = textThat((text) =>
  isIP(text) !== 0 || hostname.test(text) ? undefined : 'it is neither an IP address nor a host name',
)

/** PostgreSQL cuts longer names at NAMEDATALEN - 1 = 63 bytes, silently, and keeps `pg_…` for itself. */
export const schemaName = textThat((text) => {
  if (text.trim() === '') return 'it is blank'
  if (Buffer.byteLength(text) > 63) return 'it is longer than 63 bytes'
  if (/\p{Cc}/u.test(text)) return 'it contains a control character'
  if (/^pg_/i.test(text)) return 'names that begin with pg_ belong to PostgreSQL'
  return text === 'information_schema' ? 'this name belongs to PostgreSQL' : undefined
})

/** Goes into headers, metrics and Sentry's release, which forbid white space. */
export const releaseName = textThat((text) => {
  if (!/^[\x21-\x7e]+$/.test(text)) return 'it contains white space or a character outside ASCII'
  return text.length > 200 ? 'it is longer than 200 characters' : undefined
})

/** A file's or directory's path, relative to the working directory or absolute. */
export const path = textThat((text) =>
  text.trim() !== '' && !text.includes('\0') ? undefined : 'it is no path',
)
