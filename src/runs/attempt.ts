import { findRun, runEndedSince, type RunRecord } from '../postgres/run-records.js'
import type { RunLock } from '../postgres/control.js'
import type { Hub, Link } from '../postgres/hub.js'
import type { DatabaseState } from '../postgres/state.js'
import type { Migration } from '../project/migration.js'
import type { Actor } from './actor.js'
import type { Order, RunEvent } from './engine.js'
import { failed, failedFrom } from './failures.js'
import type { Shipped } from './files.js'
import type { LiveRun } from './live-run.js'
import type { EngineOptions, EngineTimings } from './options.js'
import type { Completed, Failed } from './outcome.js'
import { jitter, pause } from './pause.js'
import { carryOut } from './run.js'
import { settleLost } from './settle.js'
import { joinedOutcome } from './view.js'

/** One way from "something is pending" to a result: by a run of its own, or by joining somebody else's. */
export interface AttemptContext {
  readonly options: EngineOptions
  readonly timings: EngineTimings
  readonly hub: Hub
  readonly shipped: Shipped
  readonly loaded: readonly Migration[]
  readonly order: Order
  readonly actor: Actor
  /** The state that was read before, with the database's time of the reading. */
  readonly state: DatabaseState
  readonly emit: (event: RunEvent) => void
  readonly onOwn: (run: LiveRun) => void
  readonly onJoined: (run: RunRecord) => void
  /** Aborted when the process drains: no run is started any more. */
  readonly draining: AbortSignal
}

/** Resolves with the result of the run that was carried out or joined; never rejects. */
export async function attempt(context: AttemptContext): Promise<Completed | Failed> {
  try {
    return await seek(context)
  } catch (error) {
    return context.draining.aborted ? drainingFailure() : failedFrom(error)
  }
}

/**
 * Waits for the lock by polling, out of any transaction between two tries: a waiter that blocked inside
 * `pg_advisory_lock` would hold a snapshot, and the holder's `CREATE INDEX CONCURRENTLY` would wait for it.
 */
async function seek(context: AttemptContext): Promise<Completed | Failed> {
  const { timings, options, hub, draining } = context
  const startedAt = performance.now()
  let observed: RunRecord | undefined
  for (let tries = 0; ; tries += 1) {
    draining.throwIfAborted()
    const link = await hub.open()
    const lock = await link.control.tryLock()
    if (lock) return held(context, link, lock, observed, tries > 0, performance.now() - startedAt)
    const joined = await observe(context, link, observed)
    if (joined?.ended) return joined.ended
    observed = joined?.run ?? observed
    const elapsedMs = performance.now() - startedAt
    context.emit({
      type: 'waiting',
      runId: observed?.id ?? null,
      for: 'lock',
      elapsedMs: Math.round(elapsedMs),
    })
    if (elapsedMs > options.budgetMs) return waitedInVain(observed)
    const longest = Math.min(timings.pollMaxMs, timings.pollMinMs * 2 ** Math.min(tries, 6))
    await pause(jitter(timings.pollMinMs, Math.max(longest, timings.pollMinMs * 2)), draining)
  }
}

/** With the lock: first whether somebody finished meanwhile what was asked for here. */
async function held(
  context: AttemptContext,
  link: Link,
  lock: RunLock,
  observed: RunRecord | undefined,
  waited: boolean,
  waitedMs: number,
): Promise<Completed | Failed> {
  let ownId: string | undefined
  let outcome: Completed | Failed
  try {
    const finished =
      waited && mayJoin(context.order) ? await finishedMeanwhile(context, link, lock, observed) : undefined
    if (finished) return joinedOutcome(finished)
    const { options, timings, shipped, loaded, order, actor, emit } = context
    const onStarted = (run: LiveRun): void => {
      ownId = run.id
      context.onOwn(run)
    }
    const request = { options, timings, link, lock, shipped, loaded, order, actor, waitedMs, emit, onStarted }
    outcome = await carryOut(request)
  } finally {
    await lock.release().catch(() => undefined)
  }
  return ownId !== undefined && lostBeforeItsEnd(outcome) ? settleLost(context, ownId, outcome) : outcome
}

function lostBeforeItsEnd(outcome: Completed | Failed): outcome is Failed {
  return outcome.status === 'failed' && outcome.code === 'database_unavailable'
}

/** A run that ended since this attempt began, unless it lacks something that is shipped here. */
async function finishedMeanwhile(
  { state, shipped }: AttemptContext,
  { scope, readState }: Link,
  lock: RunLock,
  observed: RunRecord | undefined,
): Promise<RunRecord | undefined> {
  const current = await lock.read(readState)
  if (!current.present.bookkeeping) return undefined
  const record = await lock.read((query) =>
    observed ? findRun(query, scope, observed.id) : runEndedSince(query, scope, state.now),
  )
  if (!record || record.status === 'running' || record.status === 'interrupted') return undefined
  return (await covers(record, shipped, current)) ? record : undefined
}

/** What another process does under the lock: the run to wait for, or how it ended. */
async function observe(
  context: AttemptContext,
  { control, scope, readState }: Link,
  observed: RunRecord | undefined,
): Promise<{ run?: RunRecord; ended?: Completed | Failed } | undefined> {
  if (!mayJoin(context.order)) return undefined
  const state = await control.read(readState)
  if (!state.present.bookkeeping) return undefined
  if (observed) {
    const record = await control.read((query) => findRun(query, scope, observed.id))
    const over = record && record.status !== 'running' && record.status !== 'interrupted'
    if (over && (await covers(record, context.shipped, state))) return { ended: joinedOutcome(record) }
  }
  const run = state.run?.alive === true ? state.run : undefined
  if (run && run.id !== observed?.id) {
    context.onJoined(run)
    context.emit({ type: 'run', runId: run.id, joined: true, pending: run.plan.map((entry) => entry.name) })
  }
  return run ? { run } : {}
}

/** `dryRun`, `resolve` and `acceptDrift` say what is to happen, so they never take another's result for it. */
export function mayJoin(order: Order): boolean {
  return order.resolve === undefined && (order.acceptDrift ?? []).length === 0
}

/** False when something is shipped here that the run's plan does not hold, by name or by checksum. */
export async function covers(record: RunRecord, shipped: Shipped, state: DatabaseState): Promise<boolean> {
  if (record.status === 'cancelled') return true
  const planned = new Map(record.plan.map((entry) => [entry.name, entry]))
  const applied = new Set(state.history.map((row) => row.name))
  for (const file of shipped.files) {
    const entry = planned.get(file.name)
    if (!entry && !applied.has(file.name)) return false
    if (!entry || entry.kind !== file.kind) continue
    const checksum = await shipped.checksum(file)
    if (checksum !== undefined && checksum !== entry.checksum) return false
  }
  return true
}

function waitedInVain(observed: RunRecord | undefined): Failed {
  const whose = observed ? `the run ${observed.id}` : 'another session'
  return failed(
    'blocked',
    `The run lock was held by ${whose} until MIGRATION_BUDGET was used up. Nothing was applied by this call; look at GET /api/migrate, then call again.`,
    { runId: observed?.id ?? null, blockers: [] },
  )
}

export function drainingFailure(): Failed {
  return failed(
    'draining',
    'This process is shutting down and starts no run. Call again; another replica answers.',
  )
}
