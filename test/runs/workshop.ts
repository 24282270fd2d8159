import { mkdtempSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import knexFactory, { type Knex } from 'knex'
import pg from 'pg'
import type { Actor } from '../../src/runs/actor.js'
import { createEngine } from '../../src/runs/create-engine.js'
import type { Engine } from '../../src/runs/engine.js'
import type { EngineOptions } from '../../src/runs/options.js'
import { createProject } from '../../src/project/project.js'
import { createDatabase, type TestDatabase } from '../support/database.js'

/** Who asks in these tests. */
export const actor: Actor = Object.freeze({ credential: 'current', address: '127.0.0.1', requestId: 'test' })

/** What an engine of a test may have of its own. */
export type EngineSettings = Partial<Omit<EngineOptions, 'project'>> & {
  /** Of the knex configuration, beside client and connection. */
  readonly knex?: Knex.Config
  readonly migrations?: Knex.MigratorConfig
  /** Directory of the migrations; default: the workshop's own. */
  readonly dir?: string
  readonly url?: string
}

/** A project of a test's own: a database, a directory, and any number of replicas over them. */
export interface Workshop {
  readonly database: TestDatabase
  readonly root: string
  /** Where `write` puts migrations unless told otherwise. */
  readonly dir: string
  /** Messages of level warn, as the engines of this workshop logged them. */
  readonly warnings: readonly string[]
  /** `path` is relative to the directory of migrations. */
  write(path: string, source: string): void
  remove(path: string): void
  engine(settings?: EngineSettings): Engine
  /** knex by itself, as its CLI would use it. */
  knex(config?: Knex.Config, migrations?: Knex.MigratorConfig): Knex
  /** A plain session, such as another application's; it ends with the workshop. */
  session(applicationName?: string): Promise<pg.Client>
  /** A role that may do nothing yet, and the URL with which it comes in; it ends with the workshop. */
  role(): Promise<{ readonly name: string; readonly url: string }>
  /** Closes every engine of this workshop, so that their connections are gone. */
  closeEngines(): Promise<void>
  close(): Promise<void>
}

/** Patience that suits a test; everything else is the product's default. */
const defaults = {
  schema: 'sallyport',
  lockTimeoutMs: 100,
  statementTimeoutMs: 0,
  budgetMs: 20_000,
  drift: 'warn',
  release: '1.0.0',
} as const

const timings = { pollMinMs: 20, pollMaxMs: 60, watchMs: 50, progressMs: 100, orphanGraceMs: 200 } as const

/** Opens a workshop over a new, empty database. */
export async function openWorkshop(): Promise<Workshop> {
  const database = await createDatabase()
  const root = mkdtempSync(join(tmpdir(), 'sallyport-runs-'))
  const dir = join(root, 'migrations')
  mkdirSync(dir)
  const warnings: string[] = []
  const closing: (() => Promise<unknown>)[] = []
  const engines: Engine[] = []
  const closeEngines = async () => {
    for (const engine of engines.splice(0)) await engine.close()
  }
  const warn = (message: string): void => void warnings.push(message)
  return Object.freeze({
    database,
    root,
    dir,
    warnings,
    write: (path: string, source: string) => {
      mkdirSync(dirname(join(dir, path)), { recursive: true })
      writeFileSync(join(dir, path), source)
    },
    remove: (path: string) => rmSync(join(dir, path)),
    engine: ({ knex, migrations, dir: elsewhere, url, ...settings }: EngineSettings = {}) => {
      const config = { client: 'pg', connection: url ?? database.url, ...knex }
      const directory = elsewhere ?? dir
      const project = createProject({ ...config, migrations: { directory, ...migrations } }, { root })
      const logger = { error: warn, warn, info: () => {}, debug: () => {} }
      const merged = { ...timings, ...settings.timings }
      const engine = createEngine({ project, logger, ...defaults, ...settings, timings: merged })
      engines.push(engine)
      return engine
    },
    knex: (config: Knex.Config = {}, migrations: Knex.MigratorConfig = {}) => {
      // A directory beside a migrationSource makes knex forget the latter.
      const merged = migrations.migrationSource ? migrations : { directory: dir, ...migrations }
      const knex = knexFactory({
        client: 'pg',
        connection: database.url,
        log: silent,
        ...config,
        migrations: merged,
      })
      closing.push(() => knex.destroy())
      return knex
    },
    session: async (applicationName = 'another application') => {
      const client = new pg.Client({ connectionString: database.url, application_name: applicationName })
      client.on('error', () => {}) // it may be ended by the test
      await client.connect()
      closing.push(() => client.end().catch(() => undefined))
      return client
    },
    role: async () => {
      const name = `role_${database.name}_${closing.length}`
      await database.query(`create role ${name} login password 'role'`)
      closing.unshift(async () => {
        await database.query(`drop owned by ${name} cascade`)
        await database.query(`drop role ${name}`)
      })
      const url = new URL(database.url)
      url.username = name
      url.password = 'role'
      return { name, url: url.href }
    },
    closeEngines,
    close: async () => {
      await closeEngines()
      for (const close of closing.reverse()) await close()
      rmSync(root, { recursive: true, force: true })
      await database.drop()
    },
  })
}

const silent = { warn() {}, error() {}, deprecate() {}, debug() {} }

/** Opens a workshop for the test at hand, and closes it after that. */
export function workshopForEach(): () => Workshop {
  let workshop: Workshop | undefined
  beforeEach(async () => {
    workshop = await openWorkshop()
  })
  afterEach(async () => {
    await workshop?.close()
    workshop = undefined
  })
  return () => {
    if (!workshop) throw new Error('a workshop is there within a test only')
    return workshop
  }
}
