import { findRun, runEndedSince, type RunRecord } from '../postgres/run-records.js'
import type { RunLock } from '../postgres/control.js'
import type { Link } from '../postgres/hub.js'
import type { DatabaseState } from '../postgres/state.js'
import type { Order } from './engine.js'
import type { Shipped } from './files.js'

/** `resolve` and `acceptDrift` say what is to happen, so they never take another run's result for it. */
export function mayJoin(order: Order): boolean {
  return order.resolve === undefined && (order.acceptDrift ?? []).length === 0
}

/** What a waiter sees of the run of another process: that it goes on, that it has ended, or nothing. */
export interface Observation {
  readonly run?: RunRecord
  readonly ended?: RunRecord
}

/** One look; `observed` is the run that was seen at the look before: as long as that goes on, nothing else is asked for. */
export async function observe(
  { control, scope, readState }: Link,
  shipped: Shipped,
  observed: RunRecord | undefined,
): Promise<Observation> {
  const record = observed && (await control.read((query) => findRun(query, scope, observed.id)))
  if (record?.status === 'running') return { run: record }
  const state = await control.read(readState)
  if (!state.present.bookkeeping) return {}
  if (record && isOver(record) && (await covers(record, shipped, state))) return { ended: record }
  return state.run?.alive === true ? { run: state.run } : {}
}

/** With the lock: a run that ended since `since`, unless it lacks something that is shipped here. */
export async function finishedMeanwhile(
  lock: RunLock,
  { scope, readState }: Link,
  shipped: Shipped,
  observed: RunRecord | undefined,
  since: string,
): Promise<RunRecord | undefined> {
  const state = await lock.read(readState)
  if (!state.present.bookkeeping) return undefined
  const record = await lock.read((query) =>
    observed ? findRun(query, scope, observed.id) : runEndedSince(query, scope, since),
  )
  return record && isOver(record) && (await covers(record, shipped, state)) ? record : undefined
}

/** An interrupted run has no result to share: whoever waited for it carries on with a run of its own. */
function isOver(record: RunRecord): boolean {
  return record.status !== 'running' && record.status !== 'interrupted'
}

/**
 * False when something is shipped here that the run's plan does not hold, by name or by checksum. A cancelled run
 * covers everything: it is not continued without a new call.
 */
export async function covers(record: RunRecord, shipped: Shipped, state: DatabaseState): Promise<boolean> {
  if (record.status === 'cancelled') return true
  const planned = new Map(record.plan.map((entry) => [entry.name, entry]))
  const applied = new Set(state.history.map((row) => row.name))
  for (const file of shipped.files) {
    const entry = planned.get(file.name)
    if (!entry && !applied.has(file.name)) return false
    if (entry?.kind !== file.kind) continue
    const checksum = await shipped.checksum(file)
    if (checksum !== undefined && checksum !== entry.checksum) return false
  }
  return true
}
