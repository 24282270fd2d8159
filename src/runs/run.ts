import { randomUUID } from 'node:crypto'
import { finishRun, insertRun } from '../postgres/run-writes.js'
import { isConnectionLoss } from '../postgres/errors.js'
import { openWork, type Work } from '../postgres/work.js'
import type { Link } from '../postgres/hub.js'
import type { RunLock } from '../postgres/control.js'
import type { DatabaseState } from '../postgres/state.js'
import type { Migration } from '../project/migration.js'
import type { Actor } from './actor.js'
import { endingOf, recordedEnd } from './endings.js'
import type { Order, RunEvent } from './engine.js'
import { executePlan, segmentTimeouts } from './execute.js'
import { failedFrom, RunFailure, withoutSecrets } from './failures.js'
import type { Shipped } from './files.js'
import { createLiveRun, type LiveRun } from './live-run.js'
import type { EngineOptions, EngineTimings } from './options.js'
import type { Completed, Failed } from './outcome.js'
import { prepare, type Prepared } from './prepare.js'
import { committedBy } from './recover.js'
import { watch } from './watcher.js'

/** Everything a run needs that was there before it. */
export interface RunRequest {
  readonly options: EngineOptions
  readonly timings: EngineTimings
  readonly link: Link
  readonly lock: RunLock
  readonly shipped: Shipped
  readonly loaded: readonly Migration[]
  readonly order: Order
  readonly actor: Actor
  /** The state before the lock was taken. */
  readonly state: DatabaseState
  /** Milliseconds spent waiting for the lock. */
  readonly waitedMs: number
  readonly emit: (event: RunEvent) => void
  /** Called once the run's record is committed. */
  readonly onStarted: (run: LiveRun) => void
}

/** Plans again under the lock, records, applies, records. Expected failures are returned. */
export async function carryOut(request: RunRequest): Promise<Completed | Failed> {
  const id = randomUUID()
  let work: Work | undefined
  try {
    // First of all, so that a missing second connection is told before anything is written.
    work = await openWork(request.options.project, id)
    const prepared = await prepare(request)
    if ('status' in prepared) return prepared
    const run = await start(request, id, prepared)
    return await finish(request, run, await perform(request, run, work, prepared))
  } catch (error) {
    return failedFrom(error)
  } finally {
    await work?.close()
  }
}

/** The record is committed before anything is applied; without it nothing is. */
async function start(request: RunRequest, id: string, { pending, batch }: Prepared): Promise<LiveRun> {
  const { lock, link, options, actor, onStarted, emit } = request
  const run = createLiveRun(id, batch, pending, emit)
  const plan = pending.map(({ name, checksum, kind, transaction }) => ({ name, checksum, kind, transaction }))
  const record = { id, release: options.release, actor, plan, batch, lockPid: lock.pid }
  await lock
    .commit((query) => insertRun(query, link.scope, record))
    .catch((error: unknown) => {
      throw isConnectionLoss(error) ? error : journalUnavailable(error)
    })
  onStarted(run)
  emit({ type: 'run', runId: id, joined: false, pending: plan.map((entry) => entry.name) })
  return run
}

function journalUnavailable(cause: unknown): RunFailure {
  return new RunFailure(
    'journal_unavailable',
    'The record of the run could not be written, so nothing was applied. Check the migrating role’s rights on the bookkeeping schema, and the disk; then call again.',
    {},
    cause,
  )
}

async function perform(
  request: RunRequest,
  run: LiveRun,
  work: Work,
  { state }: Prepared,
): Promise<Completed | Failed> {
  const { options, timings, lock, link, emit, waitedMs } = request
  const { project, budgetMs, lockTimeoutMs } = options
  const { scope } = link
  const startedAt = performance.now()
  const unwatch = watch({ lock, scope, run, work, timings, emit, budgetMs })
  const context = { project, scope, work, run, timeouts: segmentTimeouts(options, timings.workIdleMs) }
  try {
    await executePlan(context, lock, state.openSteps, { lockTimeoutMs, budgetMs, waitedMs })
  } catch (error) {
    const connectionLost = isConnectionLoss(error, work.isLost())
    if (connectionLost && !lock.lost.aborted) await learnWhatWasCommitted(request, run)
    if (run.applied.length < run.plan.length) return ended(error, run, connectionLost)
  } finally {
    await unwatch()
  }
  return completed(run, options, performance.now() - startedAt)
}

/** The ending is told from where the run stands, before that is let go. */
function ended(error: unknown, run: LiveRun, connectionLost: boolean): Failed {
  const ending = endingOf(error, run, connectionLost)
  run.rollBack()
  return ending
}

/** A connection that dies at COMMIT leaves open which way it went; the database knows. */
async function learnWhatWasCommitted(request: RunRequest, run: LiveRun): Promise<void> {
  const { lock, link, timings, options } = request
  const recovery = { scope: link.scope, orphanGraceMs: timings.orphanGraceMs, logger: options.logger }
  const found = await committedBy(lock, recovery, run.id)
  const news = found.filter(({ name }) => !run.applied.some((one) => one.name === name))
  // Where there is none, what had begun is still what was rolled back.
  if (news.length > 0) run.commit(news)
}

/** Where the lock was lost, the successor closes the record. */
async function finish(
  { lock, link, options }: RunRequest,
  run: LiveRun,
  came: Completed | Failed,
): Promise<Completed | Failed> {
  const ending = came.status === 'failed' ? withoutSecrets(came, options.redact) : came
  if (lock.lost.aborted) return ending
  await lock.commit((query) => finishRun(query, link.scope, run.id, recordedEnd(ending, run)))
  return ending
}

function completed(run: LiveRun, { release }: EngineOptions, durationMs: number): Completed {
  return Object.freeze({
    status: 'applied',
    runId: run.id,
    batch: run.batch,
    applied: [...run.applied],
    durationMs: Math.round(durationMs),
    joined: false,
    release,
  })
}
