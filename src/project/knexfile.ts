import { existsSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import type { Knex } from 'knex'
import { FilesInvalidError, ProjectConfigError } from './failure.js'
import { loadModule, readModule } from './module-loader.js'
import { createProject, type Project } from './project.js'

/** Looked for in this order when no knexfile is named. */
export const knexfileNames = ['knexfile.ts', 'knexfile.js', 'knexfile.mjs', 'knexfile.cjs'] as const

export interface LoadProjectOptions {
  readonly cwd: string
  /** Path of the knexfile; default: the first of `knexfileNames` in `cwd`, or none. */
  readonly knexfile?: string | undefined
  /** Replaces the knexfile's migration directories; relative to `cwd`. */
  readonly migrationsDir?: string | undefined
  /** The knexfile's environment key, as the knex CLI picks it: `NODE_ENV`, else `development`. */
  readonly environmentKey: string
  /** Told when the knexfile has entries, and that of the environment is taken. */
  readonly onEntry?: ((path: string) => void) | undefined
  /** Replaces only `connection`. */
  readonly databaseUrl?: string | undefined
}

/**
 * Reads the knexfile as the knex CLI would and returns the project.
 * Rejects with `ProjectConfigError` or `FilesInvalidError`.
 */
export async function loadProject(options: LoadProjectOptions): Promise<Project> {
  const path = findKnexfile(options)
  const config = path === undefined ? {} : await readKnexfile(path, options)
  const connection = options.databaseUrl ?? config.connection
  if (connection === undefined) {
    throw new ProjectConfigError(
      'There is no database to connect to: set DATABASE_URL, or give the knexfile a `connection`.',
    )
  }
  return createProject(
    { ...config, client: config.client ?? dialectOf(config) ?? 'pg', connection },
    {
      root: path === undefined ? options.cwd : dirname(path),
      migrationsDir: options.migrationsDir && resolve(options.cwd, options.migrationsDir),
    },
  )
}

/** Languages that knex loads through modules of the project's own, and that are compiled to JavaScript for us. */
const otherLanguages = /\.(?:coffee|litcoffee|ls|eg|iced|co)$/

function findKnexfile({ cwd, knexfile }: LoadProjectOptions): string | undefined {
  if (knexfile === undefined) {
    const found = [...knexfileNames, 'knexfile.coffee', 'knexfile.ls', 'knexfile.eg']
      .map((name) => resolve(cwd, name))
      .find((path) => existsSync(path))
    return found && understood(found)
  }
  const path = resolve(cwd, knexfile)
  if (existsSync(path)) return understood(path)
  throw new ProjectConfigError(`KNEXFILE names ${path}, which does not exist.`)
}

function understood(path: string): string {
  if (!otherLanguages.test(path)) return path
  throw new ProjectConfigError(
    `The knexfile ${path} is in a language that is not loaded here: compile it to JavaScript and set KNEXFILE.`,
  )
}

async function readKnexfile(
  path: string,
  { environmentKey, onEntry }: LoadProjectOptions,
): Promise<Knex.Config> {
  const load = async (): ReturnType<typeof loadModule> => loadModule(readModule(path))
  const exports = await load().catch((cause: unknown) => {
    throw notLoading(path, cause)
  })
  const exported: unknown = 'default' in exports ? exports['default'] : exports
  const whole: unknown =
    typeof exported === 'function' ? await called(path, exported as () => unknown) : exported
  if (!isRecord(whole)) throw new ProjectConfigError(`The knexfile ${path} exports no configuration object.`)
  const entry = entryOf(whole, environmentKey, path)
  if (entry !== whole) onEntry?.(path)
  return entry
}

async function called(path: string, configure: () => unknown): Promise<unknown> {
  try {
    return await configure()
  } catch (cause) {
    throw notLoading(path, cause)
  }
}

function notLoading(path: string, cause: unknown): FilesInvalidError {
  const reason = cause instanceof Error ? cause.message.split('\n')[0] : 'unknown error'
  return new FilesInvalidError(`The knexfile ${path} does not load: ${reason ?? ''}`, { cause })
}

/** As the knex command line picks it: the entry of the environment, else the whole. */
function entryOf(whole: Readonly<Record<string, unknown>>, key: string, path: string): Knex.Config {
  const entry = whole[key] || whole
  if (!isRecord(entry)) {
    throw new ProjectConfigError(`The entry ${key} of the knexfile ${path} is no configuration object.`)
  }
  if (entry === whole && isKeyed(whole)) {
    throw new ProjectConfigError(
      `The knexfile ${path} has no entry for NODE_ENV = ${key}; it has ${Object.keys(whole).join(', ')}. Add one, or set NODE_ENV.`,
    )
  }
  return entry as Knex.Config
}

/** Entries of environments, and nothing that knex would read of the whole: its defaults would be taken unasked. */
function isKeyed(whole: Readonly<Record<string, unknown>>): boolean {
  const names = Object.keys(whole)
  return names.length > 0 && !names.some((name) => ofConfiguration.has(name))
}

const ofConfiguration = new Set([
  'client',
  'dialect',
  'connection',
  'connectionPool',
  'migrations',
  'searchPath',
  'pool',
])

/** knex's older name of `client`. */
function dialectOf(config: Knex.Config): string | undefined {
  return (config as { dialect?: string }).dialect
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}
