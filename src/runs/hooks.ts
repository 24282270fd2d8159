import type { Knex } from 'knex'
import type { Work } from '../postgres/work.js'
import type { Migration } from '../project/migration.js'
import type { Project } from '../project/project.js'
import type { MigrationHooks } from '../project/source.js'
import { untilEnded } from './forgotten.js'
import type { LiveRun } from './live-run.js'

interface HookContext {
  readonly project: Pick<Project, 'hooks'>
  readonly run: LiveRun
  readonly work: Work
}

/** Calls one of the knexfile's hooks, if it is there; that it was the hook is what a failure of it is told as. */
export async function callHook(
  { project, run, work }: HookContext,
  name: keyof MigrationHooks,
  knex: Knex,
  migrations: readonly Migration[],
): Promise<void> {
  const call = project.hooks[name]
  if (!call) return
  run.enterHook(name)
  await untilEnded(run, work, () => call(knex, infos(migrations)))
  run.leaveHook()
}

/** What knex's own sources hand to hooks. */
function infos(migrations: readonly Migration[]): unknown[] {
  return migrations.map((migration) => migration.info)
}
