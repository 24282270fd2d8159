import { findRun, listRuns } from '../postgres/run-records.js'
import type { Hub } from '../postgres/hub.js'
import type { DatabaseState } from '../postgres/state.js'
import type { MigrationFile } from '../project/migration.js'
import type { Project } from '../project/project.js'
import type { RunView, Standing, Status } from './engine.js'
import { readFilesAndState } from './files-and-state.js'
import { namesOf, openQuestions } from './unresolved.js'
import { viewOf } from './view.js'

/** How far this replica's files are applied. */
export async function readStanding(hub: Hub, project: Project): Promise<Standing> {
  const { shipped, state } = await readFilesAndState(hub, project, { checksums: false })
  const applied = new Set(state.history.map((row) => row.name))
  const pending = shipped.files.filter((file) => !applied.has(file.name))
  return standing(pending, state)
}

function standing(pending: readonly MigrationFile[], state: DatabaseState): Standing {
  return Object.freeze({
    pending: pending.map((file) => file.name),
    unresolved: namesOf(openQuestions(state)),
    run: state.run?.status === 'running' ? viewOf(state.run) : null,
  })
}

/** This replica's files against the database. */
export async function readStatus(hub: Hub, project: Project): Promise<Status> {
  const { shipped, state } = await readFilesAndState(hub, project)
  const plan = await shipped.planAgainst(state)
  return Object.freeze({
    ...standing(plan.pending, state),
    head: plan.head,
    upToDate: plan.pending.length === 0,
    applied: state.history.length,
    ahead: plan.ahead,
    drift: plan.findings,
    outside: plan.outside,
    journal: state.journal,
  })
}

/** A run of any replica; undefined where there is none of this id. */
export async function readRun(hub: Hub, runId: string): Promise<RunView | undefined> {
  if (!isUuid(runId)) return undefined
  const { control, scope, readState } = await hub.open()
  const { present } = await control.read(readState)
  if (!present.bookkeeping) return undefined
  const record = await control.read((query) => findRun(query, scope, runId))
  return record && viewOf(record)
}

/** Newest first. */
export async function readRuns(hub: Hub, limit: number): Promise<readonly RunView[]> {
  const { control, scope, readState } = await hub.open()
  const { present } = await control.read(readState)
  if (!present.bookkeeping) return []
  return (await control.read((query) => listRuns(query, scope, limit))).map(viewOf)
}

/** Anything else cannot be the id of a run, and PostgreSQL would refuse to compare it. */
function isUuid(text: string): boolean {
  return /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(text)
}
