import type { Knex } from 'knex'
import { sourceChecksum } from './checksum.js'
import { FilesInvalidError } from './failure.js'
import { migrationName, type Migration, type MigrationFile } from './migration.js'
import type { MigrationsSource } from './source.js'

/** The knexfile's own `migrationSource`; the checksum is of the text of `up`, the only source there is to see. */
export function customSource(
  source: Knex.MigrationSource<unknown>,
  loadExtensions: readonly string[],
  disableTransactions: boolean,
): MigrationsSource {
  return Object.freeze({
    look: async () => ({ files: await list(source, loadExtensions), unchanged: noChecksums }),
    glance: () => undefined,
    load: (file: MigrationFile) => load(source, file, disableTransactions),
    checksum: () => Promise.resolve(undefined),
    readAhead: () => Promise.resolve(),
  })
}

const noChecksums: ReadonlyMap<string, string> = new Map()

type Source = Knex.MigrationSource<unknown>

async function list(source: Source, loadExtensions: readonly string[]): Promise<MigrationFile[]> {
  const listed = async (): Promise<MigrationFile[]> =>
    (await source.getMigrations(loadExtensions)).map((info) => fileOf(source.getMigrationName(info), info))
  const files = await listed().catch((cause: unknown) => {
    throw new FilesInvalidError('The knexfile’s migrationSource could not list its migrations.', { cause })
  })
  const twice = files.find((file, index) => files.findIndex(({ name }) => name === file.name) < index)
  if (!twice) return files
  throw new FilesInvalidError(`The knexfile’s migrationSource lists the migration ${twice.name} twice.`, {
    migration: twice.name,
  })
}

type Loaded = Knex.Migration & { readonly config?: { transaction?: boolean; repeatable?: boolean } }

async function load(source: Source, file: MigrationFile, disableTransactions: boolean): Promise<Migration> {
  const refuse = (what: string, cause?: unknown): never => {
    const message = `The migration ${file.recordedAs} ${what}; nothing was run.`
    throw new FilesInvalidError(message, { cause, migration: file.name })
  }
  const get = async (): Promise<Partial<Loaded>> => source.getMigration(file.info)
  const loaded = await get().catch((cause: unknown) => refuse('does not load', cause))
  const { up, down, config } = loaded
  if (typeof up !== 'function') return refuse('has no function `up`')
  return Object.freeze({
    ...file,
    checksum: sourceChecksum(String(up)),
    transaction: config?.transaction ?? !disableTransactions,
    repeatable: config?.repeatable === true,
    up: (knex: Knex) => up.call(loaded, knex),
    down: down && ((knex: Knex) => down.call(loaded, knex)),
  })
}

function fileOf(recordedAs: string, info: unknown): MigrationFile {
  return { name: migrationName(recordedAs), recordedAs, kind: 'function', group: '', info }
}
