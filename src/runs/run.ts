import { randomUUID } from 'node:crypto'
import { acceptRecord, createHistory, insertRecords, nextBatch } from '../postgres/history.js'
import { createBookkeeping } from '../postgres/bookkeeping.js'
import { finishRun, insertRun } from '../postgres/run-records.js'
import { isConnectionLoss } from '../postgres/errors.js'
import { openWork, type Work } from '../postgres/work.js'
import type { Link } from '../postgres/hub.js'
import type { RunLock } from '../postgres/control.js'
import type { DatabaseState } from '../postgres/state.js'
import type { Migration } from '../project/migration.js'
import type { Actor } from './actor.js'
import { decideDrift } from './drift.js'
import { endingOf, recordedEnd } from './endings.js'
import type { Order, RunEvent } from './engine.js'
import { executePlan, segmentTimeouts, type Patience } from './execute.js'
import { failedFrom, RunFailure } from './failures.js'
import type { Shipped } from './files.js'
import { createLiveRun, type LiveRun } from './live-run.js'
import type { EngineOptions, EngineTimings } from './options.js'
import type { Completed, Failed } from './outcome.js'
import { committedBy, recover } from './recover.js'
import { settleSteps } from './unresolved.js'
import { watch } from './watcher.js'

/** Everything a run needs that was there before it. */
export interface RunRequest {
  readonly options: EngineOptions
  readonly timings: EngineTimings
  readonly link: Link
  readonly lock: RunLock
  readonly shipped: Shipped
  /** Loaded before the lock was taken, so that a broken file is found before anything runs. */
  readonly loaded: readonly Migration[]
  readonly order: Order
  readonly actor: Actor
  readonly waitedMs: number
  readonly emit: (event: RunEvent) => void
  /** Called once the run's record is committed. */
  readonly onStarted: (run: LiveRun) => void
}

/** Plans again under the lock, records, applies, records. Expected failures are returned. */
export async function carryOut(request: RunRequest): Promise<Completed | Failed> {
  const { options, lock } = request
  const id = randomUUID()
  let work: Work | undefined
  try {
    work = await openWork(options.project, id)
    const prepared = await prepare(request)
    if ('status' in prepared) return prepared
    const run = await start(request, id, prepared)
    return await finish(request, run, await perform(request, run, work, prepared.state))
  } catch (error) {
    return lock.lost.aborted ? failedFrom(lock.lost.reason ?? error) : failedFrom(error)
  } finally {
    await work?.close()
  }
}

interface Prepared {
  readonly state: DatabaseState
  readonly pending: readonly Migration[]
  readonly batch: number
}

/** Tables, recovery, state read again, drift and open questions decided. */
async function prepare(request: RunRequest): Promise<Prepared | Completed> {
  const { lock, link, shipped, options, order, actor } = request
  const { scope } = link
  await lock.commit(async (query) => {
    await createHistory(query, scope)
    await createBookkeeping(query, scope)
  })
  await recover(lock, { scope, orphanGraceMs: request.timings.orphanGraceMs, logger: options.logger })
  await settleSteps(lock, link, request)
  const state = await lock.read(link.readState)
  const plan = await shipped.planAgainst(state)
  const accepted = decideDrift(plan, order, options)
  await lock.commit(async (query) => {
    await insertRecords(query, scope, await baseline(shipped, state))
    for (const { name, reason } of accepted) {
      const file = shipped.files.find((one) => one.name === name)
      const checksum = (file && (await shipped.checksum(file))) ?? null
      await acceptRecord(query, scope, name, { reason, actor, checksum })
    }
  })
  if (plan.pending.length === 0) return upToDate(options, plan.ahead)
  const byName = new Map(request.loaded.map((migration) => [migration.name, migration]))
  const missing = plan.pending.filter((file) => !byName.has(file.name))
  for (const migration of await shipped.load(missing)) byName.set(migration.name, migration)
  const pending = plan.pending.flatMap((file) => byName.get(file.name) ?? [])
  return { state, pending, batch: await lock.read((query) => nextBatch(query, scope)) }
}

/** Rows that others wrote get the checksum of the file as it is now, so that a later edit of it is seen. */
async function baseline(
  shipped: Shipped,
  state: DatabaseState,
): Promise<Parameters<typeof insertRecords>[2]> {
  const files = new Map(shipped.files.map((file) => [file.name, file]))
  const unknown = state.history.filter((row) => !state.records.has(row.name))
  return Promise.all(
    unknown.map(async ({ name, recordedAs }) => {
      const file = files.get(name)
      const checksum = (file && (await shipped.checksum(file))) ?? null
      return {
        name,
        recordedAs,
        checksum,
        kind: file?.kind ?? '',
        origin: 'outside',
        runId: null,
        durationMs: null,
      }
    }),
  )
}

/** The record is committed before anything is applied; without it nothing is. */
async function start(
  { lock, link, options, actor, onStarted, emit }: RunRequest,
  id: string,
  prepared: Prepared,
): Promise<LiveRun> {
  const { pending, batch } = prepared
  const plan = pending.map(({ name, checksum, kind, transaction }) => ({ name, checksum, kind, transaction }))
  const run = createLiveRun(id, batch, pending, emit)
  try {
    const record = { id, release: options.release, actor, plan, batch, lockPid: lock.pid }
    await lock.commit((query) => insertRun(query, link.scope, record))
  } catch (error) {
    if (isConnectionLoss(error)) throw error
    throw new RunFailure(
      'journal_unavailable',
      'The record of the run could not be written, so nothing was applied. Check the rights on, and the space for, the bookkeeping schema.',
      {},
      error,
    )
  }
  onStarted(run)
  emit({ type: 'run', runId: id, joined: false, pending: plan.map((entry) => entry.name) })
  return run
}

async function perform(
  request: RunRequest,
  run: LiveRun,
  work: Work,
  state: DatabaseState,
): Promise<Completed | Failed> {
  const { options, timings, lock, link, emit } = request
  const startedAt = performance.now()
  const patience: Patience = {
    lockTimeoutMs: options.lockTimeoutMs,
    budgetMs: options.budgetMs,
    waitedMs: request.waitedMs,
  }
  const unwatch = watch({ lock, scope: link.scope, run, work, timings, emit, budgetMs: options.budgetMs })
  const context = {
    project: options.project,
    scope: link.scope,
    work,
    run,
    timeouts: segmentTimeouts(options, timings.workIdleMs),
  }
  try {
    await executePlan(context, lock, state.openSteps, patience)
  } catch (error) {
    if (isConnectionLoss(error) && !lock.lost.aborted) await learnWhatWasCommitted(request, run)
    if (run.applied.length < run.plan.length) return endingOf(error, run)
  } finally {
    await unwatch()
  }
  return completed(run, options, performance.now() - startedAt)
}

/** A connection that dies at COMMIT leaves open which way it went; the database knows. */
async function learnWhatWasCommitted(
  { lock, link, timings, options }: RunRequest,
  run: LiveRun,
): Promise<void> {
  const { scope } = link
  const found = await committedBy(
    lock,
    { scope, orphanGraceMs: timings.orphanGraceMs, logger: options.logger },
    run.id,
  )
  run.commit(found.filter(({ name }) => !run.applied.some((one) => one.name === name)))
}

async function finish(
  { lock, link }: RunRequest,
  run: LiveRun,
  ending: Completed | Failed,
): Promise<Completed | Failed> {
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

/** It is no run: nothing was pending. */
export function upToDate({ release }: EngineOptions, ahead: readonly string[]): Completed {
  return Object.freeze({
    status: 'up_to_date',
    runId: null,
    batch: null,
    applied: [],
    ...(ahead.length > 0 ? { ahead } : {}),
    durationMs: 0,
    joined: false,
    release,
  })
}
