import { urlPasswords } from './url.js'

/**
 * The passwords that a knex `connection` holds, as far as they are written there: a URL, an object, or an object with a
 * `connectionString`. A function is not called: it may fetch a password that is not ours to keep.
 */
export function connectionPasswords(connection: unknown): readonly string[] {
  if (typeof connection === 'string') return urlPasswords(connection)
  if (typeof connection !== 'object' || connection === null) return []
  const { password, connectionString } = connection as Readonly<Record<string, unknown>>
  const written = typeof password === 'string' && password !== '' ? [password] : []
  return [...written, ...(typeof connectionString === 'string' ? urlPasswords(connectionString) : [])]
}
