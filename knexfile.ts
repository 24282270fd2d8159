import type { Knex } from 'knex'

/**
 * The sample application's knexfile. It names no connection: Sallyport puts the one from its own settings
 * (`MIGRATION_DATABASE_URL`, `DATABASE_URL`, or locally the embedded PostgreSQL) in its place, and takes the rest as it
 * stands here. For the knex command line, add a `connection`.
 */
const config: Knex.Config = {
  client: 'pg',
  migrations: { directory: './migrations', extension: 'ts' },
}

export default config
