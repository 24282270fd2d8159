import { readdir, readFile } from 'node:fs/promises'
import { extname, join, resolve } from 'node:path'
import { sourceChecksum } from './checksum.js'
import { FilesInvalidError } from './failure.js'
import { loadModule, type LoadedModule } from './module-loader.js'
import { migrationName, type Migration, type MigrationFile } from './migration.js'
import { rememberingChecksums } from './remembered-checksum.js'
import type { MigrationsSource } from './source.js'

/** knex's `loadExtensions` default, and `.mjs`, which knex loads too when it is asked to. */
export const defaultExtensions = [
  '.co',
  '.coffee',
  '.eg',
  '.iced',
  '.js',
  '.cjs',
  '.mjs',
  '.litcoffee',
  '.ls',
  '.ts',
]

export interface DirectoryOptions {
  /** Absolute, or relative to `root`. */
  readonly directories: readonly string[]
  readonly root: string
  readonly loadExtensions?: readonly string[]
  readonly sortDirsSeparately: boolean
  readonly disableTransactions: boolean
}

interface FileInDirectory extends MigrationFile {
  readonly path: string
}

/** Migrations as files in one or many directories, in knex's order. */
export function directorySource(options: DirectoryOptions): MigrationsSource {
  const extensions = options.loadExtensions ?? defaultExtensions
  const checksumOf = rememberingChecksums()
  return Object.freeze({
    list: async () => {
      const listed = await Promise.all(options.directories.map((directory) => listOne(directory, options)))
      const files = listed.flat().filter((file) => extensions.includes(extname(file.recordedAs)))
      const ordered = options.sortDirsSeparately ? files : files.toSorted(byRecordedName)
      refuseDuplicates(ordered)
      return ordered
    },
    load: async (file: MigrationFile) => load(file as FileInDirectory, options.disableTransactions),
    checksum: async (file: MigrationFile) => {
      const { path, name } = file as FileInDirectory
      return checksumOf(path).catch(unreadable(path, name))
    },
    readAhead: async (files: readonly MigrationFile[]) => {
      // Whoever asks for the checksum of one that cannot be read is told.
      for (const { path } of files as readonly FileInDirectory[])
        await checksumOf(path).catch(() => undefined)
    },
  })
}

async function listOne(
  directory: string,
  { root, sortDirsSeparately }: DirectoryOptions,
): Promise<FileInDirectory[]> {
  const absolute = resolve(root, directory)
  const names = await readdir(absolute).catch((cause: unknown) => {
    throw new FilesInvalidError(
      `The migrations directory ${absolute} cannot be read (${codeOf(cause)}). ` +
        'Check MIGRATIONS_DIR and the knexfile, and that the directory is part of what was deployed.',
      { cause },
    )
  })
  return names.toSorted().map((recordedAs) => ({
    name: migrationName(recordedAs),
    recordedAs,
    kind: extname(recordedAs).slice(1),
    group: sortDirsSeparately ? directory : '',
    path: join(absolute, recordedAs),
    // What knex's own FsMigrations hands to hooks.
    info: { file: recordedAs, directory },
  }))
}

function byRecordedName(a: MigrationFile, b: MigrationFile): number {
  return a.recordedAs < b.recordedAs ? -1 : a.recordedAs > b.recordedAs ? 1 : 0
}

/** `.js` and `.ts` of one migration side by side would be applied twice. */
function refuseDuplicates(files: readonly FileInDirectory[]): void {
  const seen = new Map<string, FileInDirectory>()
  for (const file of files) {
    const twin = seen.get(file.name)
    if (twin) {
      throw new FilesInvalidError(
        `The migration ${file.name} is there twice: ${twin.path} and ${file.path}. Remove one of them.`,
        { migration: file.name },
      )
    }
    seen.set(file.name, file)
  }
}

/** Languages that knex loads through modules of the project's own. */
const compiled = /\.(?:coffee|litcoffee|ls|eg|iced|co)$/

async function load(file: FileInDirectory, disableTransactions: boolean): Promise<Migration> {
  if (compiled.test(file.recordedAs)) {
    throw new FilesInvalidError(
      `The migration ${file.recordedAs} is in a language that is not loaded here: compile it to JavaScript, under the same name. Nothing was run.`,
      { migration: file.name },
    )
  }
  const before = sourceChecksum(await readFile(file.path, 'utf8').catch(unreadable(file.path, file.name)))
  const loaded = await loadModule(file.path, before.slice(-16)).catch((cause: unknown) => {
    throw new FilesInvalidError(
      `The migration ${file.recordedAs} does not load: ${firstLine(cause)} Mend the file; nothing was run.`,
      { cause, migration: file.name },
    )
  })
  const checksum = sourceChecksum(loaded.source)
  if (checksum !== before) {
    throw new FilesInvalidError(`The migration ${file.recordedAs} changed while it was loaded. Call again.`, {
      migration: file.name,
    })
  }
  return migrationOf(file, loaded, checksum, disableTransactions)
}

function migrationOf(
  file: FileInDirectory,
  { exports }: LoadedModule,
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

function unreadable(path: string, migration: string): (cause: unknown) => never {
  return (cause) => {
    throw new FilesInvalidError(`The migration file ${path} cannot be read (${codeOf(cause)}).`, {
      cause,
      migration,
    })
  }
}

function codeOf(error: unknown): string {
  return (error as NodeJS.ErrnoException).code ?? 'unknown error'
}

function firstLine(error: unknown): string {
  const text = error instanceof Error ? `${error.name}: ${error.message}` : String(error)
  return `${(text.split('\n')[0] ?? '').slice(0, 300)}.`
}
