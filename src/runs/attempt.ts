import type { RunRecord } from '../postgres/run-records.js'
import type { RunLock } from '../postgres/control.js'
import type { Hub, Link } from '../postgres/hub.js'
import type { DatabaseState } from '../postgres/state.js'
import type { MigrationFile } from '../project/migration.js'
import type { Actor } from './actor.js'
import type { Order, RunEvent, RunView } from './engine.js'
import { drainingFailure, failed, failedFrom } from './failures.js'
import type { Shipped } from './files.js'
import { finishedMeanwhile, mayJoin, observe, type Observation } from './joining.js'
import type { LiveRun } from './live-run.js'
import type { EngineOptions, EngineTimings } from './options.js'
import type { Completed, Failed } from './outcome.js'
import { jitter, pause } from './pause.js'
import { carryOut } from './run.js'
import { settleLost } from './settle.js'
import { createTeller } from './telling.js'
import { joinedOutcome, viewOf } from './view.js'

/** One way from "something is pending" to a result: by a run of its own, or by joining somebody else's. */
export interface AttemptContext {
  readonly options: EngineOptions
  readonly timings: EngineTimings
  readonly hub: Hub
  readonly shipped: Shipped
  /** What was pending when the state was read. */
  readonly pending: readonly MigrationFile[]
  readonly order: Order
  readonly actor: Actor
  /** The state that was read before, with the database's time of the reading. */
  readonly state: DatabaseState
  readonly emit: (event: RunEvent) => void
  readonly onOwn: (run: LiveRun) => void
  readonly onJoined: (run: RunRecord) => void
  /** A dead predecessor's run was closed. */
  readonly onRecovered: (run: RunRecord) => void
  /** Aborted when the process drains: no run is started any more. */
  readonly draining: AbortSignal
}

/** How the waiting went so far. */
interface Waiting {
  readonly startedAt: number
  tries: number
  observed: RunRecord | undefined
  /** Tells the steps of the run that was observed last. */
  tell: (view: RunView) => void
  toldAt: number
}

/** Resolves with the result of the run that was carried out or joined; never rejects. */
export async function attempt(context: AttemptContext): Promise<Completed | Failed> {
  try {
    return await seek(context, beginWaiting())
  } catch (error) {
    return context.draining.aborted ? drainingFailure() : failedFrom(error)
  }
}

function beginWaiting(): Waiting {
  const startedAt = performance.now()
  return { startedAt, tries: 0, observed: undefined, tell: () => undefined, toldAt: -Infinity }
}

/**
 * Waits for the lock by polling, out of any transaction between two tries: a waiter that blocked inside
 * `pg_advisory_lock` would hold a snapshot, and the holder's `CREATE INDEX CONCURRENTLY` would wait for it. While a run is
 * seen to be alive its lock is not tried.
 */
async function seek(context: AttemptContext, waiting: Waiting): Promise<Completed | Failed> {
  const { options, hub, draining, order, timings } = context
  for (;;) {
    draining.throwIfAborted()
    const link = await hub.open()
    const seen = mayJoin(order) ? await look(context, link, waiting) : {}
    if (seen.ended) return joinedEnd(seen.ended, waiting)
    const lock = seen.run ? undefined : await link.control.tryLock()
    if (lock) return withLock(context, link, lock, waiting)
    noteWaiting(context, waiting, seen)
    const waitedMs = performance.now() - waiting.startedAt
    if (waitedMs > options.budgetMs) return waitedInVain(waiting.observed)
    await pause(pauseAfter(waitedMs, timings), draining)
    waiting.tries += 1
  }
}

/** The first look was taken by whoever found something pending. */
async function look({ state, shipped }: AttemptContext, link: Link, waiting: Waiting): Promise<Observation> {
  if (waiting.tries > 0) return observe(link, shipped, waiting.observed)
  return state.run?.alive === true ? { run: state.run } : {}
}

/** The steps of the run that is waited for as they come; that there is a wait, at most once in `progressMs`. */
function noteWaiting(context: AttemptContext, waiting: Waiting, { run }: Observation): void {
  const { emit, onJoined, timings } = context
  if (run && run.id !== waiting.observed?.id) {
    onJoined(run)
    emit({ type: 'run', runId: run.id, joined: true, pending: run.plan.map((entry) => entry.name) })
    waiting.tell = createTeller(emit)
  }
  waiting.observed = run ?? waiting.observed
  const view = run && viewOf(run)
  if (view) waiting.tell({ ...view, waiting: null })
  const now = performance.now()
  if (now - waiting.toldAt < timings.progressMs) return
  waiting.toldAt = now
  const elapsedMs = Math.round(now - waiting.startedAt)
  emit({ type: 'waiting', runId: waiting.observed?.id ?? null, for: 'lock', elapsedMs })
  if (view?.waiting) emit({ type: 'waiting', runId: view.runId, ...view.waiting })
}

function joinedEnd(record: RunRecord, { observed, tell }: Waiting): Completed | Failed {
  if (record.id === observed?.id) tell(viewOf(record))
  return joinedOutcome(record)
}

/** A quarter of the wait so far at most, so that who waited for a short run is not kept long after its end. */
function pauseAfter(waitedMs: number, { pollMinMs, pollMaxMs }: EngineTimings): number {
  return jitter(pollMinMs, Math.max(2 * pollMinMs, Math.min(pollMaxMs, waitedMs / 4)))
}

/** First whether somebody finished meanwhile what was asked for here; else a run of its own. */
async function withLock(
  context: AttemptContext,
  link: Link,
  lock: RunLock,
  waiting: Waiting,
): Promise<Completed | Failed> {
  const { order, shipped, state } = context
  const { tries, observed, startedAt } = waiting
  let open: LiveRun | undefined
  let outcome: Completed | Failed
  try {
    const waited = tries > 0 && mayJoin(order)
    const finished = waited ? await finishedMeanwhile(lock, link, shipped, observed, state.now) : undefined
    if (finished) return joinedEnd(finished, waiting)
    // Before anything else, so that a broken file is found before anything is written.
    const loaded = await shipped.load(context.pending)
    const onStarted = (run: LiveRun): void => {
      open = run
      context.onOwn(run)
    }
    const onEnded = (): void => void (open = undefined)
    const waitedMs = performance.now() - startedAt
    outcome = await carryOut({ ...context, loaded, link, lock, waitedMs, onStarted, onEnded })
  } finally {
    await lock.release().catch(() => undefined)
  }
  return open === undefined ? namingHolders(link, outcome) : settleLost(context, open.id, outcome)
}

/** What gave up a wait for a lock under the run lock, before there was a run, could ask nothing any more. */
async function namingHolders(
  { control, scope }: Link,
  outcome: Completed | Failed,
): Promise<Completed | Failed> {
  if (!('code' in outcome)) return outcome
  const { runId, sqlState, blockers } = outcome.fields
  if (runId !== undefined || sqlState !== '55P03' || blockers?.length !== 0) return outcome
  const { tablesLocked } = await import('../postgres/table-locks.js')
  const found = await control
    .read((query) => tablesLocked(outcome.cause, query, scope))
    .catch(() => undefined)
  return found && found.blockers.length > 0 ? failedFrom(found) : outcome
}

function waitedInVain(observed: RunRecord | undefined): Failed {
  const whose = observed ? `the run ${observed.id}` : 'another session'
  return failed(
    'blocked',
    `The run lock was held by ${whose} until MIGRATION_BUDGET was used up. Nothing was applied by this call; look at GET /api/migrate, then call again.`,
    { runId: observed?.id ?? null, blockers: [] },
  )
}
