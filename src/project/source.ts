import type { Knex } from 'knex'
import type { Migration, MigrationFile } from './migration.js'

/** Where migrations come from: directories of files, or the knexfile's own `migrationSource`. */
export interface MigrationsSource {
  /** Lists them anew, and looks at each. Rejects with `FilesInvalidError`. `often`: whoever asks will ask again soon. */
  look(often?: boolean): Promise<Look>
  /** The last look, for a moment after it, if it would come to the same now; else undefined. A change within a file may escape it. */
  glance(): Look | undefined
  /** Loads one and checks that it has `up`. Rejects with `FilesInvalidError`. */
  load(file: MigrationFile): Promise<Migration>
  /** The checksum alone, without running the file; undefined where the source cannot tell without loading. */
  checksum(file: MigrationFile): Promise<string | undefined>
  /**
   * Computes the checksums of files of which none is known yet, for whoever has something else to wait for. Never rejects.
   */
  readAhead(files: readonly MigrationFile[]): Promise<void>
}

/** What there is; the very same objects as at the look before, as far as it is known to be the same. */
export interface Look {
  /** In the order in which knex would run them. */
  readonly files: readonly MigrationFile[]
  /** By name, the checksums of those that were read before and are still the same. */
  readonly unchanged: ReadonlyMap<string, string>
}

/** The knexfile's hooks around a batch and around each migration. */
export interface MigrationHooks {
  readonly beforeAll?: Hook
  readonly afterAll?: Hook
  readonly beforeEach?: Hook
  readonly afterEach?: Hook
}

export type Hook = (knexOrTransaction: Knex, migrations: unknown[]) => unknown
