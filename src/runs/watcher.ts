import { cancelMarked } from '../postgres/fence.js'
import { updateProgress } from '../postgres/run-records.js'
import { watchRun } from '../postgres/watch.js'
import type { RunLock } from '../postgres/control.js'
import type { Scope } from '../postgres/scope.js'
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
  const stop = new AbortController()
  const done = loop(watched, stop.signal).catch(() => undefined)
  const onLost = (): void => {
    watched.run.end(
      new RunEnded('lock_lost', 'the connection that holds the run lock was lost', {
        cause: watched.lock.lost.reason,
      }),
    )
  }
  const onEnded = (): void => void endWork(watched)
  watched.lock.lost.addEventListener('abort', onLost, { once: true })
  watched.run.ended.addEventListener('abort', onEnded, { once: true })
  return async () => {
    watched.lock.lost.removeEventListener('abort', onLost)
    watched.run.ended.removeEventListener('abort', onEnded)
    stop.abort()
    await done
  }
}

async function loop(
  { lock, scope, run, timings, budgetMs, emit }: Watched,
  stop: AbortSignal,
): Promise<void> {
  const startedAt = performance.now()
  let waitingSince: number | undefined
  let wroteAt = startedAt
  let written = ''
  for (;;) {
    await pause(timings.watchMs, stop)
    const seen = await lock.read((query) => watchRun(query, scope, run.id))
    const now = performance.now()
    if (seen.cancelRequested) run.end(new RunEnded('cancelled', 'the run was cancelled'))
    if (seen.blockers.length > 0) {
      run.sawBlockers(seen.blockers)
      waitingSince ??= now
      emit({
        type: 'waiting',
        runId: run.id,
        for: 'blockers',
        elapsedMs: Math.round(now - waitingSince),
        blockers: seen.blockers,
      })
      if (now - waitingSince > budgetMs)
        run.end(new RunEnded('blocked', 'the budget was used up waiting for a lock'))
    } else {
      waitingSince = undefined
    }
    const progress = JSON.stringify([run.applied.length, run.current, seen.build])
    if (progress === written || now - wroteAt < timings.progressMs) continue
    await lock.commit((query) =>
      updateProgress(query, scope, run.id, {
        applied: run.applied,
        progress: run.current && { ...run.current, ...seen.build },
      }),
    )
    if (run.current && seen.build)
      emit({
        type: 'migration',
        runId: run.id,
        state: 'started',
        ...run.current,
        phase: seen.build.phase,
        ...(seen.build.percent === null ? {} : { percent: seen.build.percent }),
      })
    written = progress
    wroteAt = now
  }
}

/** How long a cancelled statement gets to end before its connection is cut. */
const cancelGraceMs = 3_000

/** Nothing more is sent; what is under way is cancelled; a migration that never answers loses its connection. */
async function endWork({ run, work, lock }: Watched): Promise<void> {
  work.refuse(run.ended.reason)
  if (lock.lost.aborted) {
    await work.destroy()
    return
  }
  await lock.read((query) => cancelMarked(query, run.id)).catch(() => undefined)
  await pause(cancelGraceMs)
  await work.destroy()
}
