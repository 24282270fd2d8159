import type { Knex, knex } from 'knex'
import type { Project } from '../project/project.js'
import { connectTimeoutMs, withDefaults } from './connection.js'

/** A knex instance with one connection of its own, from the project's configuration. */
export async function ownKnex(
  project: Project,
  applicationName: string,
  pool: Knex.PoolConfig,
): Promise<Knex> {
  // Loaded here: a call that finds nothing to do needs none of it, and it is most of what a command would load.
  const { default: knexFactory } = await import('knex')
  // knex's own migrator is told by us what to run.
  const { migrations: _unused, ...config } = project.knexConfig
  const own = {
    log: silent,
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

/** knex would print on stdout what a failed migration's error says, statement and bindings included. */
const silent = { warn() {}, error() {}, deprecate() {}, debug() {} }

/** The longest delay that a timer takes. */
const forever = 2 ** 31 - 1

/** As knex reads it, so that a migration finds user and database where it looks for them: in the client's settings. */
function parsed(knexFactory: typeof knex, connectionString: string): Knex.PgConnectionConfig {
  const instance = knexFactory({ client: 'pg', connection: connectionString, pool: { max: 0 } })
  return (instance.client as { connectionSettings: Knex.PgConnectionConfig }).connectionSettings
}
