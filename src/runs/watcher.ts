import { cancelMarked } from '../postgres/fence.js'
import { updateProgress } from '../postgres/run-writes.js'
import { watchRun, type Sighting } from '../postgres/watch.js'
import type { RunLock } from '../postgres/control.js'
import type { Scope } from '../postgres/scope.js'
import type { Query } from '../postgres/session.js'
import type { Work } from '../postgres/work.js'
import type { RunEvent } from './engine.js'
import { RunEnded, type LiveRun } from './live-run.js'
import type { EngineTimings } from './options.js'
import { pause } from './pause.js'

export interface Watched {
  readonly lock: RunLock
  readonly scope: Scope
  readonly run: LiveRun
  readonly work: Work
  readonly timings: EngineTimings
  /** Milliseconds that one statement may wait for locks before the run is given up as `blocked`. */
  readonly budgetMs: number
  readonly emit: (event: RunEvent) => void
}

/**
 * Looks at a run from its control connection while it works: who blocks it, whether somebody wants it to stop, how far
 * it is. Returns what stops the watching.
 */
export function watch(watched: Watched): () => Promise<void> {
  const { lock, run } = watched
  const stop = new AbortController()
  // A look that fails has lost the lock, which is told below.
  const looking = keepLooking(watched, stop.signal).catch(() => undefined)
  const onLost = (): void => {
    run.end(new RunEnded('lock_lost', 'the run lock’s connection was lost', { cause: lock.lost.reason }))
  }
  const onEnded = (): void => void endWork(watched, stop.signal)
  lock.lost.addEventListener('abort', onLost, { once: true })
  run.ended.addEventListener('abort', onEnded, { once: true })
  return async () => {
    lock.lost.removeEventListener('abort', onLost)
    run.ended.removeEventListener('abort', onEnded)
    stop.abort()
    await looking
  }
}

async function keepLooking(watched: Watched, stop: AbortSignal): Promise<never> {
  const { lock, scope, run, timings } = watched
  const waits = lockWaits(watched)
  const progress = progressWriter(watched)
  for (;;) {
    await pause(timings.watchMs, stop)
    // A commit, though nothing may be written: a CREATE INDEX CONCURRENTLY that finds the look's snapshot waits for the
    // end of its transaction, and the lock's transaction would not end before the run does.
    const seen = await lock.commit(async (query) => {
      const sighting = await watchRun(query, scope, run.id)
      await progress(query, sighting)
      return sighting
    })
    if (seen.cancelRequested) run.end(new RunEnded('cancelled', 'the run was cancelled'))
    waits(seen)
  }
}

/** Names who blocks, and gives up a wait that outlasts the budget. */
function lockWaits({ run, emit, budgetMs }: Watched): (seen: Sighting) => void {
  let since: number | undefined
  return ({ blockers }) => {
    if (blockers.length === 0) {
      since = undefined
      return
    }
    since ??= performance.now()
    const elapsedMs = Math.round(performance.now() - since)
    run.sawBlockers(blockers)
    emit({ type: 'waiting', runId: run.id, for: 'blockers', elapsedMs, blockers })
    if (elapsedMs > budgetMs) run.end(new RunEnded('blocked', 'the budget was used up waiting for a lock'))
  }
}

/** Writes where the run is, when that changed, at most once in `progressMs`. */
function progressWriter({
  scope,
  run,
  timings,
  emit,
}: Watched): (query: Query, seen: Sighting) => Promise<void> {
  let writtenAt = performance.now()
  let written = ''
  return async (query, { build }) => {
    const { applied, current } = run
    const now = JSON.stringify([applied.length, current, build])
    if (now === written || performance.now() - writtenAt < timings.progressMs) return
    const progress = current && { ...current, ...build }
    await updateProgress(query, scope, run.id, { applied, progress })
    if (current && build) emit(buildEvent(run.id, current, build))
    written = now
    writtenAt = performance.now()
  }
}

function buildEvent(
  runId: string,
  current: NonNullable<LiveRun['current']>,
  { phase, percent }: NonNullable<Sighting['build']>,
): RunEvent {
  const step = { type: 'migration', runId, state: 'started', ...current, phase } as const
  return percent === null ? step : { ...step, percent }
}

/** How long a cancelled statement gets to end before its connection is cut. Milliseconds. */
const cancelGraceMs = 3_000

/** Nothing more is sent; what is under way is cancelled; a migration that never answers loses its connection. */
async function endWork({ run, work, lock }: Watched, over: AbortSignal): Promise<void> {
  work.refuse(run.ended.reason)
  if (!lock.lost.aborted) {
    await lock.read((query) => cancelMarked(query, run.id)).catch(() => undefined)
    await pause(cancelGraceMs, over).catch(() => undefined)
  }
  if (!over.aborted) await work.destroy()
}
