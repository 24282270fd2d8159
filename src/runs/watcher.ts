import { cancelMarked } from '../postgres/fence.js'
import { updateProgressStatement } from '../postgres/run-writes.js'
import { sightingFrom, watchStatement, type Sighting } from '../postgres/watch.js'
import type { RunLock } from '../postgres/control.js'
import type { Scope } from '../postgres/scope.js'
import type { Work } from '../postgres/work.js'
import type { RunEvent, RunWaiting } from './engine.js'
import type { LiveRun } from './live-run.js'
import type { EngineTimings } from './options.js'
import { pause } from './pause.js'
import { RunEnded } from './run-ended.js'

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
  const progress = progressWriter(watched, waits)
  let last: { readonly at: LiveRun['current']; readonly build: Sighting['build'] } = { at: null, build: null }
  for (;;) {
    await pause(timings.watchMs, stop)
    // A commit, though nothing may be written: a CREATE INDEX CONCURRENTLY that finds the look's snapshot waits for the
    // end of its transaction, and the lock's transaction would not end before the run does.
    const build = last.at === run.current ? last.build : null
    const rows = await lock.commitAll([...progress(build), watchStatement(scope, run.id)])
    const seen = sightingFrom(rows.at(-1) ?? [])
    last = { at: run.current, build: seen.build }
    waits.saw(seen)
    if (seen.cancelRequested) run.end(new RunEnded('cancelled', 'the run was cancelled'))
  }
}

/** What the run waits for, and the migration that does. */
interface LockWaits {
  saw(sighting: Sighting): void
  now(): { readonly at: NonNullable<LiveRun['current']>; readonly waiting: RunWaiting } | undefined
}

/**
 * Names who blocks, and gives up a wait that outlasts the budget. A segment that stepped back to try again still waits
 * for those who were in its way.
 */
function lockWaits({ run, emit, budgetMs, timings }: Watched): LockWaits {
  let since: number | undefined
  let at: LiveRun['current'] = null
  let toldAt = -Infinity
  const elapsed = (): number => Math.round(performance.now() - (since ?? performance.now()))
  return {
    now: () =>
      since === undefined || at === null
        ? undefined
        : { at, waiting: { for: 'blockers', elapsedMs: elapsed(), blockers: run.blockers } },
    saw: ({ blockers }) => {
      if (blockers.length === 0) {
        if (run.current !== null) since = undefined
        return
      }
      since ??= performance.now()
      at = run.current ?? at
      run.sawBlockers(blockers)
      if (performance.now() - toldAt >= timings.progressMs) {
        toldAt = performance.now()
        emit({ type: 'waiting', runId: run.id, for: 'blockers', elapsedMs: elapsed(), blockers })
      }
      if (elapsed() > budgetMs) run.end(new RunEnded('blocked', 'the budget was used up waiting for a lock'))
    },
  }
}

/** Where the run is, as a statement when that changed, at most once in `progressMs`; `build` as seen in the last look. */
function progressWriter(
  { scope, run, timings, emit }: Watched,
  waits: LockWaits,
): (build: Sighting['build']) => readonly string[] {
  let writtenAt = performance.now()
  let written = ''
  return (build) => {
    const { applied, current } = run
    const wait = waits.now()
    const at = current ?? wait?.at ?? null
    const now = JSON.stringify([applied.length, at, build, wait?.waiting.blockers])
    if (now === written || performance.now() - writtenAt < timings.progressMs) return []
    const elapsedMs = run.elapsedMs()
    const phase = build && phaseOf(build)
    const progress = at && { ...at, elapsedMs, ...phase, ...(wait && { waiting: wait.waiting }) }
    if (current && phase) {
      emit({ type: 'migration', runId: run.id, state: 'started', ...current, elapsedMs, ...phase })
    }
    written = now
    writtenAt = performance.now()
    return [updateProgressStatement(scope, run.id, { applied, progress })]
  }
}

function phaseOf({ phase, percent }: NonNullable<Sighting['build']>): { phase: string; percent?: number } {
  return percent === null ? { phase } : { phase, percent }
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
