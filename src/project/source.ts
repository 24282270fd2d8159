import type { Knex } from 'knex'
import type { Migration, MigrationFile } from './migration.js'

/** Where migrations come from: directories of files, or the knexfile's own `migrationSource`. */
export interface MigrationsSource {
  /** In the order in which knex would run them. Listed anew at each call; the very same list where that is known. Rejects with `FilesInvalidError`. */
  list(): Promise<readonly MigrationFile[]>
  /** Loads one and checks that it has `up`. Rejects with `FilesInvalidError`. */
  load(file: MigrationFile): Promise<Migration>
  /** The checksum alone, without running the file; undefined where the source cannot tell without loading. */
  checksum(file: MigrationFile): Promise<string | undefined>
  /** By name, the checksums of those that were read before and are still the same; looks at each, reads none. */
  unchanged(files: readonly MigrationFile[]): ReadonlyMap<string, string>
  /**
   * Computes the checksums of files of which none is known yet, for whoever has something else to wait for. Never rejects.
   */
  readAhead(files: readonly MigrationFile[]): Promise<void>
}

/** The knexfile's hooks around a batch and around each migration. */
export interface MigrationHooks {
  readonly beforeAll?: Hook
  readonly afterAll?: Hook
  readonly beforeEach?: Hook
  readonly afterEach?: Hook
}

export type Hook = (knexOrTransaction: Knex, migrations: unknown[]) => unknown
