import { lstatSync } from 'node:fs'
import { resolve } from 'node:path'
import { sourceChecksum } from './checksum.js'
import type { DirectoryWatch } from './directory-watch.js'
import { FilesInvalidError } from './failure.js'
import { codeOf, createListing, type DirectoryOptions, type FileInDirectory } from './listing.js'
import { ChangedWhileLoadedError, loadModule, readModule, type ReadModule } from './module-loader.js'
import type { Migration, MigrationFile } from './migration.js'
import { rememberingChecksums, type FileChecksums } from './remembered-checksum.js'
import type { Look, MigrationsSource } from './source.js'

/** Migrations as files in one or many directories, in knex's order. */
export function directorySource(options: DirectoryOptions): MigrationsSource {
  const checksums = rememberingChecksums()
  return Object.freeze({
    ...createLooking(options, checksums),
    load: async (file: MigrationFile) => load(file as FileInDirectory, options.disableTransactions),
    checksum: async (file: MigrationFile) => {
      const { path, name } = file as FileInDirectory
      return checksums.of(path).catch((cause: unknown) => {
        // It was there when it was listed, which is the instant that the answer is about.
        return isGone(path) ? undefined : unreadable(path, name)(cause)
      })
    },
    readAhead: async (files: readonly MigrationFile[]) => {
      // Whoever asks for the checksum of one that cannot be read is told.
      for (const { path } of files as readonly FileInDirectory[])
        await checksums.of(path).catch(() => undefined)
    },
  })
}

/** Only where all are known already there is something to be spared, and only a process that lives on comes so far. */
function createLooking(options: DirectoryOptions, checksums: FileChecksums): Looking {
  const list = createListing(options)
  const paths = options.directories.map((directory) => resolve(options.root, directory))
  let watch: DirectoryWatch | undefined
  let last: Look | undefined
  return {
    look: async (often = false) => {
      if (often && last !== undefined && last.unchanged.size === last.files.length) {
        watch ??= (await import('./directory-watch.js')).watchDirectories(paths)
        watch.begin()
      }
      last = undefined
      const files = list()
      last = { files, unchanged: checksums.unchanged(files) }
      return last
    },
    glance: () => (last && watch?.isQuiet() ? last : undefined),
  }
}

type Looking = Pick<MigrationsSource, 'look' | 'glance'>

/** Languages that knex loads through modules of the project's own. */
const compiled = /\.(?:coffee|litcoffee|ls|eg|iced|co)$/

async function load(file: FileInDirectory, disableTransactions: boolean): Promise<Migration> {
  if (compiled.test(file.recordedAs)) {
    throw new FilesInvalidError(
      `The migration ${file.recordedAs} is in a language that is not loaded here: compile it to JavaScript, under the same name. Nothing was run.`,
      { migration: file.name },
    )
  }
  const read = readAgain(file)
  const checksum = sourceChecksum(read.source)
  const exports = await loadModule(read, checksum.slice(-16)).catch((cause: unknown) => {
    throw new FilesInvalidError(whyNot(file.recordedAs, cause), { cause, migration: file.name })
  })
  return migrationOf(file, exports, checksum, disableTransactions)
}

function readAgain({ path, name }: FileInDirectory): ReadModule {
  try {
    return readModule(path)
  } catch (error) {
    return unreadable(path, name)(error)
  }
}

function whyNot(recordedAs: string, cause: unknown): string {
  if (cause instanceof ChangedWhileLoadedError)
    return `The migration ${recordedAs} changed while it was loaded. Nothing was run; call again.`
  return `The migration ${recordedAs} does not load: ${firstLine(cause)} Mend the file; where it is one that it imports, mend that and restart, for such are loaded once. Nothing was run.`
}

function migrationOf(
  file: FileInDirectory,
  exports: Readonly<Record<string, unknown>>,
  checksum: string,
  disableTransactions: boolean,
): Migration {
  const { up, down, config } = exports as Partial<Pick<Migration, 'up' | 'down'>> & {
    config?: MigrationConfig
  }
  if (typeof up !== 'function') {
    throw new FilesInvalidError(
      `The migration ${file.recordedAs} exports no function \`up\`; nothing was run.`,
      {
        migration: file.name,
      },
    )
  }
  return Object.freeze({
    ...file,
    checksum,
    transaction: typeof config?.transaction === 'boolean' ? config.transaction : !disableTransactions,
    repeatable: config?.repeatable === true,
    up,
    down: typeof down === 'function' ? down : undefined,
  })
}

interface MigrationConfig {
  readonly transaction?: unknown
  readonly repeatable?: unknown
}

/** Not so a link that leads nowhere. */
function isGone(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false }) === undefined
}

function unreadable(path: string, migration: string): (cause: unknown) => never {
  return (cause) => {
    throw new FilesInvalidError(`The migration file ${path} cannot be read (${codeOf(cause)}).`, {
      cause,
      migration,
    })
  }
}

function firstLine(error: unknown): string {
  const text = error instanceof Error ? `${error.name}: ${error.message}` : String(error)
  return `${(text.split('\n')[0] ?? '').slice(0, 300)}.`
}
