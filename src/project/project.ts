import type { Knex } from 'knex'
import { customSource } from './custom-source.js'
import { directorySource } from './directories.js'
import { ProjectConfigError } from './failure.js'
import { defaultExtensions } from './listing.js'
import type { MigrationHooks, MigrationsSource } from './source.js'

/** A knex project as everything here sees it: how to connect, which table records, where migrations come from. */
export interface Project {
  /** The user's knex configuration, client settings and pool hooks included. */
  readonly knexConfig: Knex.Config
  /** The knexfile's `userParams`, which migrations read as `knex.userParams`. */
  readonly userParams: Readonly<Record<string, unknown>>
  readonly searchPath: readonly string[]
  readonly tableName: string
  readonly schemaName: string | undefined
  /** Applied migrations whose files are gone are no finding, as with knex's `disableMigrationsListValidation`. */
  readonly mayMissFiles: boolean
  /** Each migration stands alone; one that wants a transaction has one of its own. */
  readonly disableTransactions: boolean
  readonly source: MigrationsSource
  readonly hooks: MigrationHooks
}

export interface ProjectOptions {
  /** Relative directories start here. */
  readonly root: string
  /** Replaces the configured directories. */
  readonly migrationsDir?: string | undefined
}

type MigratorConfig = Knex.MigratorConfig & MigrationHooks

/** The trusted form of a knex configuration. Throws `ProjectConfigError` for what cannot be honoured. */
export function createProject(config: Knex.Config, options: ProjectOptions): Project {
  refuseForeignClient(config)
  const migrations: MigratorConfig = config.migrations ?? {}
  refuseDots(migrations)
  return Object.freeze({
    knexConfig: config,
    userParams: Object.freeze({ ...(config as { userParams?: Record<string, unknown> }).userParams }),
    searchPath: [config.searchPath || []].flat(),
    tableName: migrations.tableName ?? 'knex_migrations',
    schemaName: migrations.schemaName ?? undefined,
    mayMissFiles: migrations.disableMigrationsListValidation ?? false,
    disableTransactions: migrations.disableTransactions ?? false,
    source: sourceOf(migrations, options),
    hooks: hooksOf(migrations),
  })
}

/** The project of a host application's own knex instance, which is borrowed: only its configuration is read. */
export function projectFromKnex(knex: Knex, options: Partial<ProjectOptions> = {}): Project {
  const client = knex.client as { config: Knex.Config }
  return createProject(withPassword(client.config), { root: options.root ?? process.cwd(), ...options })
}

/** knex keeps an instance's password out of enumeration (`lib/util/security.js`), so a copy of its settings has none. */
function withPassword(config: Knex.Config): Knex.Config {
  const { connection } = config
  if (typeof connection !== 'object' || !('password' in connection)) return config
  return { ...config, connection: { ...connection, password: connection.password } as typeof connection }
}

function sourceOf(migrations: MigratorConfig, options: ProjectOptions): MigrationsSource {
  const disableTransactions = migrations.disableTransactions ?? false
  if (migrations.migrationSource && !namesFiles(migrations) && options.migrationsDir === undefined) {
    return customSource(migrations.migrationSource, defaultExtensions, disableTransactions)
  }
  const configured = migrations.directory ?? './migrations'
  return directorySource({
    directories: options.migrationsDir ? [options.migrationsDir] : [configured].flat(),
    root: options.root,
    sortDirsSeparately: migrations.sortDirsSeparately ?? false,
    disableTransactions,
    ...(migrations.loadExtensions ? { loadExtensions: migrations.loadExtensions } : {}),
  })
}

/** Beside any of these knex forgets a `migrationSource` (knex 3.3, migrator-configuration-merger.js). */
function namesFiles({ directory, sortDirsSeparately, loadExtensions }: MigratorConfig): boolean {
  return Boolean(directory ?? loadExtensions) || sortDirsSeparately !== undefined
}

function hooksOf({ beforeAll, afterAll, beforeEach, afterEach }: MigratorConfig): MigrationHooks {
  return Object.freeze({
    ...(beforeAll ? { beforeAll } : {}),
    ...(afterAll ? { afterAll } : {}),
    ...(beforeEach ? { beforeEach } : {}),
    ...(afterEach ? { afterEach } : {}),
  })
}

const postgresClients = new Set(['pg', 'postgres', 'postgresql'])

function refuseForeignClient(config: Knex.Config): void {
  const { client = 'pg' } = config
  if (typeof client === 'string' ? !postgresClients.has(client) : driverOf(client) !== 'pg') {
    const named = typeof client === 'string' ? `"${client}"` : 'of another dialect'
    throw new ProjectConfigError(
      `The knex configuration names the client ${named}; migrations run here on PostgreSQL through \`pg\` only.`,
    )
  }
  if ((config as { connectionPool?: unknown }).connectionPool !== undefined) {
    throw new ProjectConfigError(
      'The knex configuration brings its own connectionPool; give `connection`, so that a run can open connections of its own.',
    )
  }
}

/** knex takes what stands before a dot for a schema, then looks for a table of the whole name: its second command fails. */
function refuseDots({ tableName = '', schemaName }: MigratorConfig): void {
  const dotted = [tableName, schemaName ?? ''].find((name) => name.includes('.'))
  if (dotted === undefined) return
  const [schema = '', ...table] = dotted.split('.')
  const remedy =
    dotted === tableName && !schemaName
      ? `give schemaName: '${schema}' and tableName: '${table.join('_')}' instead`
      : 'use a name without a dot'
  throw new ProjectConfigError(
    `The knex configuration's ${dotted === tableName ? 'tableName' : 'schemaName'} '${dotted}' holds a dot, which knex cannot keep its records under; ${remedy}.`,
  )
}

function driverOf(client: unknown): unknown {
  return (client as { prototype?: { driverName?: unknown } }).prototype?.driverName
}
