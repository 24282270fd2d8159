import { existsSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import type { Knex } from 'knex'
import { FilesInvalidError, ProjectConfigError } from './failure.js'
import { loadModule } from './module-loader.js'
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
  /** Replaces only `connection`. */
  readonly databaseUrl?: string | undefined
}

/**
 * Reads the knexfile as the knex CLI would and returns the project.
 * Rejects with `ProjectConfigError` or `FilesInvalidError`.
 */
export async function loadProject(options: LoadProjectOptions): Promise<Project> {
  const path = findKnexfile(options)
  const config = path === undefined ? {} : await readKnexfile(path, options.environmentKey)
  const connection = options.databaseUrl ?? config.connection
  if (connection === undefined) {
    throw new ProjectConfigError(
      'There is no database to connect to: set DATABASE_URL, or give the knexfile a `connection`.',
    )
  }
  return createProject(
    { ...config, client: config.client ?? 'pg', connection },
    {
      root: path === undefined ? options.cwd : dirname(path),
      migrationsDir: options.migrationsDir && resolve(options.cwd, options.migrationsDir),
    },
  )
}

function findKnexfile({ cwd, knexfile }: LoadProjectOptions): string | undefined {
  if (knexfile === undefined)
    return knexfileNames.map((name) => resolve(cwd, name)).find((path) => existsSync(path))
  const path = resolve(cwd, knexfile)
  if (existsSync(path)) return path
  throw new ProjectConfigError(`KNEXFILE names ${path}, which does not exist.`)
}

async function readKnexfile(path: string, environmentKey: string): Promise<Knex.Config> {
  const { exports } = await loadModule(path).catch((cause: unknown) => {
    const reason = cause instanceof Error ? cause.message.split('\n')[0] : 'unknown error'
    throw new FilesInvalidError(`The knexfile ${path} does not load: ${reason}`, { cause })
  })
  const exported: unknown = exports['default'] ?? exports
  const whole: unknown = typeof exported === 'function' ? await (exported as () => unknown)() : exported
  const byEnvironment = whole as Record<string, Knex.Config | undefined>
  return byEnvironment[environmentKey] ?? (whole as Knex.Config)
}
