import type { Knex } from 'knex'

/** Milliseconds to reach the server and be let in. */
export const connectTimeoutMs = 8_000

type Connection = NonNullable<Knex.Config['connection']>

/**
 * Names the session in pg_stat_activity, finds a vanished host, bounds the handshake; what the user set stays. `parse`
 * turns a connection string into settings.
 */
export function withDefaults(
  connection: Knex.Config['connection'],
  applicationName: string,
  parse: (text: string) => Knex.PgConnectionConfig,
): Connection {
  const defaults = {
    application_name: applicationName,
    keepAlive: true,
    keepAliveInitialDelayMillis: 10_000,
    connectionTimeoutMillis: connectTimeoutMs,
  }
  if (typeof connection === 'function') {
    return async () => withDefaults(await connection(), applicationName, parse) as Knex.StaticConnectionConfig
  }
  const given = typeof connection === 'string' ? parse(connection) : connection
  if (given === undefined || !('password' in given)) return { ...defaults, ...given }
  // knex hides the password of a connection that it was given, and spreading would leave it behind.
  return { ...defaults, ...given, password: given.password } as Connection
}
