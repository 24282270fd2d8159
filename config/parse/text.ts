import { isIP } from 'node:net'
import { z } from 'zod'

const booleans: Readonly<Record<string, boolean>> = {
  true: true,
  '1': true,
  on: true,
  false: false,
  '0': false,
  off: false,
}

/** One of `true|false|1|0|on|off`, exactly. */
export const boolean = z.string().transform((text, context): boolean => {
  const value = Object.hasOwn(booleans, text) ? booleans[text] : undefined
  if (value !== undefined) return value
  context.addIssue({ code: 'custom', message: 'it is not a boolean' })
  return z.NEVER
})

/** A TCP port in plain decimals; 0 takes a free one. */
export const port = z
  .string()
  .regex(/^(?:0|[1-9][0-9]{0,4})$/, 'it is not a port number')
  .transform(Number)
  .refine((value) => value <= 65_535, 'it is larger than 65535')

/** One of these words, exactly. */
export function oneOf<const Words extends readonly [string, ...string[]]>(words: Words) {
  return z.enum(words, { error: 'it is none of the known words' })
}

const label = '[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?'
/** RFC 1123 §2.1; a last label of digits only would be a malformed IPv4 address. */
const hostname = new RegExp(`^(?=.{1,253}$)(?:${label}\\.)*(?!\\d+$)${label}$`)

/** An address or a host name to listen on. */
export const host = z
  .string()
  .refine((text) => isIP(text) !== 0 || hostname.test(text), 'it is neither an IP address nor a host name')

/** PostgreSQL cuts longer names at NAMEDATALEN - 1 = 63 bytes, silently, and keeps `pg_…` for itself. */
export const schemaName = z
  .string()
  .refine((text) => text.trim() !== '', 'it is blank')
  .refine((text) => Buffer.byteLength(text) <= 63, 'it is longer than 63 bytes')
  .refine((text) => !/\p{Cc}/u.test(text), 'it contains a control character')
  .refine((text) => !/^pg_/i.test(text), 'names that begin with pg_ belong to PostgreSQL')
  .refine((text) => text !== 'information_schema', 'this name belongs to PostgreSQL')

/** Goes into headers, metrics and Sentry's release, which forbid white space. */
export const releaseName = z
  .string()
  .regex(/^[\x21-\x7e]+$/, 'it contains white space or a character outside ASCII')
  .max(200, 'it is longer than 200 characters')

/** A file's or directory's path, relative to the working directory or absolute. */
export const path = z.string().refine((text) => text.trim() !== '' && !text.includes('\0'), 'it is no path')
