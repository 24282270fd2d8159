import { createRequire } from 'node:module'
import type { Knex, knex } from 'knex'
import type { Project } from '../project/project.js'
import { connectTimeoutMs, withDefaults } from './connection.js'

const require = createRequire(import.meta.url)

/**
 * Not before it is needed: a call that finds nothing to do needs none of it, and it is most of what a command would load. It
 * is CommonJS: imported, Node would parse its files a second time for the names that they export.
 */
export const loadKnex = (): typeof knex => require('knex') as typeof knex

/** A knex instance with one connection of its own, from the project's configuration. */
export async function ownKnex(
  project: Project,
  applicationName: string,
  pool: Knex.PoolConfig,
  /** Of the server, as it names it, where that is known; else knex asks. */
  serverVersion?: string,
): Promise<Knex> {
  const knexFactory = loadKnex()
  // knex's own migrator is told by us what to run.
  const { migrations: _unused, ...config } = project.knexConfig
  const own = {
    log: silent,
    ...version(config, serverVersion),
    ...config,
    // knex writes into it.
    userParams: { ...project.userParams },
    connection: withDefaults(config.connection, applicationName, (text) => parsed(knexFactory, text)),
    acquireConnectionTimeout: connectTimeoutMs + 1_000,
    pool: {
      ...config.pool,
      min: 0,
      max: 1,
      idleTimeoutMillis: forever,
      ...pool,
    },
  }
  return knexFactory(own)
}

/** As knex's own client reads it: `15.4` of `15.4 (Debian 15.4-1)`. A client of the project's own may read it otherwise. */
function version({ client }: Knex.Config, known: string | undefined): { readonly version?: string } {
  const [number] = known?.split(' ') ?? []
  return number === undefined || typeof client !== 'string' ? {} : { version: number }
}

/** knex would print on stdout what a failed migration's error says, statement and bindings included. */
const silent = { warn() {}, error() {}, deprecate() {}, debug() {} }

/** The longest delay that a timer takes. */
const forever = 2 ** 31 - 1

/** As knex reads it, so that a migration finds user and database where it looks for them: in the client's settings. */
function parsed(knexFactory: typeof knex, connectionString: string): Knex.PgConnectionConfig {
  const instance = unconnected(knexFactory, connectionString)
  return (instance.client as { connectionSettings: Knex.PgConnectionConfig }).connectionSettings
}

/** For what it knows without a connection. */
export function unconnected(knexFactory: typeof knex, connectionString: string): Knex {
  return knexFactory({ client: 'pg', connection: connectionString, pool: { max: 0 } })
}
