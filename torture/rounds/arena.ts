import { mkdirSync, rmSync, symlinkSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'

import { endedWithin, start, type Child } from '../machine/child.js'
import type { PgBouncer } from '../machine/pgbouncer.js'
import type { Stage } from '../machine/stage.js'
import { writeMigrations, type MigrationSet } from '../sets/migration-set.js'
import type { Answer, Call, Target } from '../targets/target.js'
import { openTap, type Tap, type Trap } from '../wire/tap.js'
import type { Route } from './plan.js'

/** One database with its migrations, and the way to call the target on it. */
export interface Arena {
  readonly database: string
  /** Holds `migrations/`. */
  readonly home: string
  readonly set: MigrationSet
  /** Past PgBouncer, for the rig's own eyes. */
  readonly direct: string
  readonly pgbouncer: PgBouncer | undefined
  readonly budgetMs: number
  /** Starts a call through a tap of its own. */
  call(options?: { readonly trap?: Trap; readonly resolve?: Call['resolve'] }): Promise<LiveCall>
  /** Writes the files that were held back. */
  complete(): void
  close(): Promise<void>
}

/** A call under way. */
export interface LiveCall {
  readonly child: Child
  readonly tap: Tap
  /** Its answer; a process that does not end within budget and grace is killed and answers `never ended`. */
  answer(): Promise<Answer>
}

const require = createRequire(import.meta.url)

/** Beyond the budget: work that goes on is never cut, and a process takes a while to start on a busy machine. */
const graceMs = 45_000

/** What is to be played, and how the clients get there. */
export interface ArenaOrder {
  readonly set: MigrationSet
  readonly route: Route
  readonly budgetMs: number
  /** How many of the files are there from the start. Default: all. */
  readonly shipped?: number
}

/** Makes the database and writes the files; only the first `shipped` ones, until the arena is completed. */
export async function openArena(
  stage: Stage,
  target: Target,
  { set, route, budgetMs, shipped = set.migrations.length }: ArenaOrder,
): Promise<Arena> {
  const pgbouncer = route.via === 'pgbouncer' ? stage.pgbouncers.get(route.pool) : undefined
  if (route.via === 'pgbouncer' && !pgbouncer) throw new Error(`no PgBouncer with a pool of ${route.pool}`)
  const database = await stage.createDatabase()
  const home = join(stage.directory, database)
  mkdirSync(home)
  const directory = join(home, 'migrations')
  writeMigrations(set.migrations.slice(0, shipped), directory)
  // knex's command line insists on a knex that it finds from the working directory
  symlinkSync(dirname(dirname(require.resolve('knex/package.json'))), join(home, 'node_modules'))
  let calls = 0
  return Object.freeze({
    database,
    home,
    set,
    direct: stage.postgres.url(database),
    pgbouncer,
    budgetMs,
    complete: () => writeMigrations(set.migrations, directory),
    async call({ trap, resolve }: { trap?: Trap; resolve?: Call['resolve'] } = {}) {
      const tap = await openTap(pgbouncer?.port ?? stage.postgres.port, trap)
      calls += 1
      const url = `postgres://postgres@127.0.0.1:${tap.port}/${database}`
      const child = await start(target.command({ url, home, caller: `call ${calls}`, budgetMs, resolve }))
      return Object.freeze({ child, tap, answer: () => answered(target, child, tap, budgetMs) })
    },
    async close() {
      await stage.dropDatabase(database)
      rmSync(home, { recursive: true, force: true })
    },
  })
}

async function answered(target: Target, child: Child, tap: Tap, budgetMs: number): Promise<Answer> {
  const ended = await endedWithin(child, budgetMs + graceMs)
  await tap.close()
  if (ended) return target.read(ended)
  return Object.freeze({
    verdict: 'failed',
    code: 'never ended',
    names: [],
    detail: child.complaint(),
    blockers: [],
    exit: null,
    ms: budgetMs + graceMs,
  })
}
