import { randomUUID } from 'node:crypto'
import { fingerprintOf } from '../journal/fingerprint.js'
import { entrySource, type JournalEntry } from '../journal/record.js'
import { endedRuns, outsideChanges, unsealedMigrations } from '../journal/sources.js'
import type { PlanEntry } from '../postgres/run-records.js'
import { finishRunStatement, insertRunStatement } from '../postgres/run-writes.js'
import { isConnectionLoss } from '../postgres/errors.js'
import { openWork, type Work } from '../postgres/work.js'
import type { Link } from '../postgres/hub.js'
import type { RunRecord } from '../postgres/run-records.js'
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
import { commitRecorded } from './recording.js'
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
  /** Called for each dead run that was closed before this one began. */
  readonly onRecovered: (run: RunRecord) => void
  /** Called once the run's record is committed. */
  readonly onStarted: (run: LiveRun) => void
  /** Called once its end is recorded, or could not be, though the database was there. */
  readonly onEnded: () => void
}

/** Plans again under the lock, records, applies, records. Expected failures are returned. */
export async function carryOut(request: RunRequest): Promise<Completed | Failed> {
  const id = randomUUID()
  try {
    const done = await carryOutOn(request, id)
    return 'run' in done ? await finish(request, done.run, done.came) : done
  } catch (error) {
    return failedFrom(error)
  }
}

/** On a connection of the run's own, which is closed again before the end is recorded. */
async function carryOutOn(
  request: RunRequest,
  id: string,
): Promise<Completed | { readonly run: LiveRun; readonly came: Completed | Failed }> {
  // First of all, so that a missing second connection is told before anything is written.
  const work = await openWork(request.options.project, id, request.link.control.facts)
  try {
    const prepared = await prepare(request)
    if ('status' in prepared) return prepared
    const run = await start(request, id, prepared)
    return { run, came: await perform(request, run, work, prepared) }
  } finally {
    await work.close()
  }
}

/** The record is committed before anything is applied; without it nothing is. */
async function start(request: RunRequest, id: string, { pending, batch }: Prepared): Promise<LiveRun> {
  const { lock, link, options, actor, onStarted, emit } = request
  const run = createLiveRun(id, batch, pending, emit)
  const plan = pending.map(({ name, checksum, kind, transaction }) => ({ name, checksum, kind, transaction }))
  const row = { id, release: options.release, actor, plan, batch, lockPid: lock.pid }
  const { scope } = link
  await commitRecorded({
    lock,
    link,
    records: [
      unsealedMigrations(scope),
      outsideChanges(scope),
      entrySource(startedEntry(request, run, plan)),
    ],
    after: [insertRunStatement(scope, row)],
  })
  onStarted(run)
  emit({ type: 'run', runId: id, joined: false, pending: plan.map((entry) => entry.name) })
  return run
}

/** Who, what, from where, and with which configuration. */
function startedEntry(
  { options, actor, shipped }: RunRequest,
  { id, batch }: LiveRun,
  plan: readonly PlanEntry[],
): JournalEntry {
  const { release, bootFacts } = options
  const configuration = bootFacts ? fingerprintOf(bootFacts.configured) : null
  const boot = { release, configuration, warnings: bootFacts?.warnings ?? [] }
  return { kind: 'run_started', runId: id, data: { actor, batch, boot, head: shipped.head, plan } }
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
  const { logger } = options
  const timeouts = segmentTimeouts(options, timings.workIdleMs)
  const context = { project, scope, link, work, run, timeouts, logger }
  try {
    await executePlan(context, lock, state.openSteps, { lockTimeoutMs, budgetMs, waitedMs })
  } catch (error) {
    // A migration may have such an error of another connection, or raise it.
    const connectionLost = isConnectionLoss(error) && (await work.goes())
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
  const recovery = { link, orphanGraceMs: timings.orphanGraceMs, logger: options.logger }
  const found = await committedBy(lock, recovery, run.id)
  const news = found.filter(({ name }) => !run.applied.some((one) => one.name === name))
  // Where there is none, what had begun is still what was rolled back.
  if (news.length > 0) run.commit(news)
}

/** Lets go of the lock as well. Where it was lost, the record stays open for `settleLost`, or for a successor. */
async function finish(
  { lock, link, options, onEnded }: RunRequest,
  run: LiveRun,
  came: Completed | Failed,
): Promise<Completed | Failed> {
  const ending = came.status === 'failed' ? withoutSecrets(came, options.redact) : came
  if (lock.lost.aborted) return ending
  const { scope } = link
  const records = [unsealedMigrations(scope), endedRuns(scope, [run.id], false)]
  const before = [finishRunStatement(scope, run.id, recordedEnd(ending, run))]
  await commitRecorded({ lock, link, records, before, last: true }).catch((error: unknown) => {
    if (!(error instanceof RunFailure)) throw error
    // What was applied is applied, and its unchained rows are there: the next run seals them and closes this one.
    options.logger.error(`The end of a run could not be journaled: ${error.message}`, { runId: run.id })
  })
  onEnded()
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
