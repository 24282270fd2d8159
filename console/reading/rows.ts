import type { Current, DoorStatus, PendingMigration, Run } from '../door/shapes.js'
import type { Seen } from '../watch/seen.js'
import type { UnderWay } from '../watch/under-way.js'
import { count } from './words.js'

/** One migration in the list, whatever becomes of it: its row never changes its place or size. */
export interface Row {
  readonly name: string
  readonly state:
    | 'pending'
    | 'executed'
    | 'under-way'
    | 'waiting'
    | 'retrying'
    | 'applied'
    | 'failed'
    | 'rolled-back'
    | 'not-reached'
    | 'not-applied'
  readonly durationMs?: number
  /** Of a failed one: whether nothing of it is left. */
  readonly rolledBack?: boolean
  readonly current?: Current
  readonly planned?: PendingMigration
}

export interface Rows {
  readonly title: string
  readonly rows: readonly Row[]
}

/** What a run applies, else what is pending, else what the last run did. */
export function rowsOf({ status, plan, runs, underWay }: Seen): Rows {
  const planned = plan?.ok ? plan.body.pending : []
  if (underWay) return rowsUnderWay(underWay, planned)
  if (status && status.pending.length > 0) return pendingRows(status, planned)
  const last = runs?.find(({ status: ended }) => ended !== 'running')
  if (!last) return { title: 'Migrations', rows: [] }
  return { title: `The last run: ${count(last.plan.length, 'migration')}`, rows: endedRows(last) }
}

function pendingRows({ pending }: DoorStatus, planned: readonly PendingMigration[]): Rows {
  const rows = pending.map((name) => ({ name, state: 'pending' as const, ...detailsOf(name, planned) }))
  return { title: `Pending: ${count(pending.length, 'migration')}`, rows }
}

function detailsOf(name: string, planned: readonly PendingMigration[]): Pick<Row, 'planned'> {
  const found = planned.find((one) => one.name === name)
  return found ? { planned: found } : {}
}

function rowsUnderWay({ run, retrying }: UnderWay, planned: readonly PendingMigration[]): Rows {
  const { plan, applied, current, waiting } = run
  const rows = plan.map((name, at): Row => {
    const done = applied.find((one) => one.name === name)
    if (done) return { name, state: 'applied', durationMs: done.durationMs }
    if (current?.name === name)
      return { name, state: retrying ? 'retrying' : waiting ? 'waiting' : 'under-way', current }
    if (current && at + 1 < current.index) return { name, state: 'executed' }
    return { name, state: 'pending', ...detailsOf(name, planned) }
  })
  return { title: `Under way: ${positionOf(run)} of ${plan.length}`, rows }
}

/** The migration that a run is at, 1-based: several may be executed before they are committed together. */
export function positionOf({ plan, applied, current }: Run): number {
  return current?.index ?? Math.min(applied.length + 1, plan.length)
}

/** A run that has ended, migration by migration. */
export function endedRows({ plan, applied, failure, status }: Run): readonly Row[] {
  const rolledBack = new Set(failure?.rolledBack)
  return plan.map((name): Row => {
    const done = applied.find((one) => one.name === name)
    if (done) return { name, state: 'applied', durationMs: done.durationMs }
    if (failure?.migration === name && status === 'failed')
      return { name, state: 'failed', rolledBack: rolledBack.has(name) }
    if (rolledBack.has(name)) return { name, state: 'rolled-back' }
    // Where a run was cut off, nobody has told how far it was.
    return {
      name,
      state: status === 'applied' ? 'applied' : status === 'failed' ? 'not-reached' : 'not-applied',
    }
  })
}
