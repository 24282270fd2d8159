import type { Knex } from 'knex'

/** A migration as it is listed, before it is loaded. */
export interface MigrationFile {
  /** The file's name without extension: its identity in every answer and option. */
  readonly name: string
  /** The file's name as the knex CLI writes it into its migrations table. */
  readonly recordedAs: string
  /** Kind of source, such as `ts` or `js`; checksums are compared only within one. */
  readonly kind: string
  /** Order is kept within a group: the directory where directories are sorted separately, else one for all. */
  readonly group: string
  /** What knex's own migration source calls the migration; handed to hooks. */
  readonly info: unknown
}

/** A migration that was loaded and found whole. */
export interface Migration extends MigrationFile {
  readonly checksum: string
  /** `config.transaction`, else the project's default. */
  readonly transaction: boolean
  /** `config.repeatable`: `up` may simply be run again after an interruption. */
  readonly repeatable: boolean
  readonly up: (knex: Knex) => unknown
  readonly down: ((knex: Knex) => unknown) | undefined
}

/** What is cut off a file's name; read alike by JavaScript and by PostgreSQL. */
export const extensionPattern = String.raw`\.(?:[cm]?[jt]s|coffee|litcoffee|co|eg|iced|ls)$`

const extension = new RegExp(extensionPattern)

/** The name without extension, so that `.ts` here and `.js` there is one migration. */
export function migrationName(recordedAs: string): string {
  return recordedAs.replace(extension, '')
}
