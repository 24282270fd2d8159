import type { EnvironmentVariables } from '../../config/environment.js'
import { connectionPasswords } from '../../config/parse/connection.js'
import type { Issue } from '../../config/issue.js'
import type { Settings } from '../../config/settings.js'
import type { Logger } from '../observe/logger.js'
import { ProjectConfigError } from '../project/failure.js'
import { loadProject } from '../project/knexfile.js'
import type { Project } from '../project/project.js'
import { createEngine } from '../runs/create-engine.js'
import type { Engine } from '../runs/engine.js'
import { bootFacts } from './boot-facts.js'
import type { ClosingStack } from './closing.js'

export interface OpenEngineOptions {
  readonly settings: Settings
  readonly cwd: string
  /** Its `NODE_ENV` chooses the knexfile's entry, `development` where it is unset, as the knex command line does. */
  readonly env: EnvironmentVariables
  /** Told the passwords of the database that the environment did not hold: the knexfile's, the embedded PostgreSQL's. */
  readonly learn: (values: readonly string[]) => void
  /** Takes the known secret values out of a text. */
  readonly redact: (text: string) => string
  readonly logger: Logger
  /** What was found in the configuration, for the journal. */
  readonly issues?: readonly Issue[]
  /** Takes what is opened here. */
  readonly stack: ClosingStack
  /** Told the passwords that the project's own connection is written with; what it throws ends the opening. */
  readonly opened?: (passwords: readonly string[]) => void
}

const engineCloseMs = 10_000
const databaseCloseMs = 15_000

/**
 * Database (the embedded one where none is configured and the environment is local), project, engine; connects to
 * nothing yet. Rejects with `ProjectConfigError`, `FilesInvalidError` or `EmbeddedError`.
 */
export async function openEngine(options: OpenEngineOptions): Promise<Engine> {
  const { settings, logger, stack, redact } = options
  const project = await openProject(options)
  const passwords = connectionPasswords(project.knexConfig.connection)
  options.learn(passwords)
  options.opened?.(passwords)
  const { schema, lockTimeoutMs, statementTimeoutMs, budgetMs, drift, release } = settings
  const engine = createEngine({
    project,
    schema,
    lockTimeoutMs,
    statementTimeoutMs,
    budgetMs,
    drift,
    release,
    logger,
    redact,
    bootFacts: bootFacts(settings, options.issues ?? []),
  })
  stack.opened('the engine', engineCloseMs, () => engine.close())
  return engine
}

/** What the knex command line takes without `NODE_ENV`, though everything else here takes that for production. */
const knexDefault = 'development'

function nameEntry(path: string, logger: Logger): void {
  logger.warn(
    `NODE_ENV is not set: of the knexfile the entry ${knexDefault} is used, as the knex command line would; set NODE_ENV to choose another`,
    { knexfile: path, entry: knexDefault },
  )
}

async function openProject(options: OpenEngineOptions): Promise<Project> {
  const { settings, cwd, env, logger, stack } = options
  const load = (databaseUrl: string | undefined): Promise<Project> => {
    const { knexfile, migrationsDir } = settings
    return loadProject({
      cwd,
      knexfile,
      migrationsDir,
      environmentKey: env['NODE_ENV'] || knexDefault,
      onEntry: env['NODE_ENV'] ? undefined : (path) => nameEntry(path, logger),
      databaseUrl,
    })
  }
  if (settings.databaseUrl !== undefined || !settings.environment.local) return load(settings.databaseUrl)
  try {
    return await load(undefined) // a knexfile that names its own connection
  } catch (error) {
    if (!(error instanceof ProjectConfigError)) throw error
  }
  const { startEmbedded } = await import('../embedded/start.js')
  const embedded = await startEmbedded({ dir: cwd, logger })
  stack.opened('the embedded PostgreSQL', databaseCloseMs, () => embedded.stop())
  return load(embedded.url)
}
