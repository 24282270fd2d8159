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
    list: async () => {
      const infos = await source.getMigrations(loadExtensions).catch((cause: unknown) => {
        throw new FilesInvalidError('The knexfile’s migrationSource could not list its migrations.', {
          cause,
        })
      })
      return infos.map((info) => fileOf(source.getMigrationName(info), info))
    },
    load: async (file: MigrationFile) => load(file),
    checksum: async () => undefined,
  })

  async function load(file: MigrationFile): Promise<Migration> {
    const loaded = (await Promise.resolve(source.getMigration(file.info)).catch((cause: unknown) => {
      throw new FilesInvalidError(`The migration ${file.recordedAs} does not load; nothing was run.`, {
        cause,
        migration: file.name,
      })
    })) as Knex.Migration & { config?: { transaction?: boolean; repeatable?: boolean } }
    if (typeof loaded.up !== 'function') {
      throw new FilesInvalidError(
        `The migration ${file.recordedAs} has no function \`up\`; nothing was run.`,
        {
          migration: file.name,
        },
      )
    }
    return Object.freeze({
      ...file,
      checksum: sourceChecksum(String(loaded.up)),
      transaction: loaded.config?.transaction ?? !disableTransactions,
      repeatable: loaded.config?.repeatable === true,
      up: (knex: Knex) => loaded.up(knex),
      down: typeof loaded.down === 'function' ? (knex: Knex) => loaded.down?.(knex) : undefined,
    })
  }
}

function fileOf(recordedAs: string, info: unknown): MigrationFile {
  return { name: migrationName(recordedAs), recordedAs, kind: 'function', group: '', info }
}
