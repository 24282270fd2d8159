import { readdirSync } from 'node:fs'
import { extname, join, resolve } from 'node:path'
import { FilesInvalidError } from './failure.js'
import { migrationName, type MigrationFile } from './migration.js'

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

export interface FileInDirectory extends MigrationFile {
  readonly path: string
}

/** Lists the migrations anew; as long as there are the same names, the very same list. Throws `FilesInvalidError`. */
export function createListing(options: DirectoryOptions): () => readonly FileInDirectory[] {
  let last: { readonly names: readonly Names[]; readonly files: readonly FileInDirectory[] } | undefined
  return () => {
    const names = options.directories.map((directory) => namesIn(options, directory))
    if (last === undefined || !names.every((listed, index) => areEqual(listed, last?.names[index]))) {
      last = { names, files: filesOf(names, options) }
    }
    return last.files
  }
}

/** Of one directory, as the file system lists them. */
type Names = readonly string[]

function areEqual(one: Names, other: Names | undefined): boolean {
  return one.length === other?.length && one.every((name, index) => name === other[index])
}

/** A thousand names take a millisecond, and a hundred less than another thread would need to begin. */
function namesIn({ root }: DirectoryOptions, directory: string): Names {
  const absolute = resolve(root, directory)
  try {
    return readdirSync(absolute)
  } catch (cause) {
    throw new FilesInvalidError(
      `The migrations directory ${absolute} cannot be read (${codeOf(cause)}). ` +
        'Check MIGRATIONS_DIR and the knexfile, and that the directory is part of what was deployed.',
      { cause },
    )
  }
}

function filesOf(names: readonly Names[], options: DirectoryOptions): readonly FileInDirectory[] {
  const { directories, sortDirsSeparately, loadExtensions: extensions = defaultExtensions } = options
  const files = directories
    .flatMap((directory, index) => filesIn(directory, names[index] ?? [], options))
    .filter((file) => extensions.includes(extname(file.recordedAs)))
  const ordered = sortDirsSeparately ? files : files.toSorted(byRecordedName)
  refuseDuplicates(ordered)
  return ordered
}

function filesIn(
  directory: string,
  names: Names,
  { root, sortDirsSeparately }: DirectoryOptions,
): FileInDirectory[] {
  const absolute = resolve(root, directory)
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

export function codeOf(error: unknown): string {
  return (error as NodeJS.ErrnoException).code ?? 'unknown error'
}
