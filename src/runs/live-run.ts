import type { AppliedMigration, Blocker } from './outcome.js'
import type { RunEvent } from './engine.js'
import type { RunEnded } from './run-ended.js'
import type { Migration } from '../project/migration.js'

/** A run of this process, as it goes: what the record, the events and the watcher share. */
export interface LiveRun {
  readonly id: string
  readonly batch: number
  readonly plan: readonly Migration[]
  /** Committed, in order. */
  readonly applied: readonly AppliedMigration[]
  readonly current: { readonly name: string; readonly index: number; readonly of: number } | null
  /** The knexfile's hook that is being called, or has failed. */
  readonly hook: string | undefined
  enterHook(name: string): void
  leaveHook(): void
  /** Milliseconds since the migration under way was begun. */
  elapsedMs(): number
  /** Those last seen blocking the statement under way. */
  readonly blockers: readonly Blocker[]
  /** Aborted when the run must stop before its next step; the reason is a `RunEnded`. */
  readonly ended: AbortSignal
  begin(migration: Migration): void
  /** It is an earlier one that is under way still, or has failed. */
  stepBack(migration: Migration): void
  commit(applied: readonly AppliedMigration[]): void
  /** What began was rolled back: for good, or to be tried again. */
  rollBack(state?: 'failed' | 'retrying'): void
  sawBlockers(blockers: readonly Blocker[]): void
  end(reason: RunEnded): void
}

/** A run that has just been recorded; `emit` is told of every step. */
export function createLiveRun(
  id: string,
  batch: number,
  plan: readonly Migration[],
  emit: (event: RunEvent) => void,
): LiveRun {
  const ended = new AbortController()
  const { now, ...steps } = createSteps(id, plan, emit)
  let blockers: readonly Blocker[] = []
  return Object.freeze({
    id,
    batch,
    plan,
    ...steps,
    get current() {
      return now.current
    },
    get blockers() {
      return blockers
    },
    get hook() {
      return now.hook
    },
    ended: ended.signal,
    sawBlockers: (seen: readonly Blocker[]) => {
      blockers = seen
    },
    end: (reason: RunEnded) => {
      ended.abort(reason)
    },
  })
}

type Steps = Pick<
  LiveRun,
  'applied' | 'begin' | 'stepBack' | 'commit' | 'rollBack' | 'elapsedMs' | 'enterHook' | 'leaveHook'
>

interface Step {
  readonly name: string
  readonly index: number
  readonly durationMs?: number
}

function createSteps(
  runId: string,
  plan: readonly Migration[],
  emit: (event: RunEvent) => void,
): Steps & { readonly now: Pick<LiveRun, 'current' | 'hook'> } {
  const applied: AppliedMigration[] = []
  const now: { current: LiveRun['current']; hook: string | undefined } = { current: null, hook: undefined }
  let begunAt = 0
  const of = plan.length
  const tell = (state: 'started' | 'applied' | 'failed' | 'retrying', step: Step): void => {
    emit({ type: 'migration', runId, state, of, ...step })
  }
  const stepOf = (migration: Migration) => ({ name: migration.name, index: plan.indexOf(migration) + 1, of })
  return {
    now,
    applied,
    elapsedMs: () => Math.round(performance.now() - begunAt),
    begin: (migration) => {
      begunAt = performance.now()
      now.current = stepOf(migration)
      tell('started', now.current)
    },
    enterHook: (name) => void (now.hook = name),
    leaveHook: () => void (now.hook = undefined),
    stepBack: (migration) => void (now.current = stepOf(migration)),
    commit: (done) => {
      now.current = null
      for (const one of done) tell('applied', { ...one, index: applied.push(one) })
    },
    rollBack: (state = 'failed') => {
      if (now.current) tell(state, now.current)
      now.current = null
      now.hook = undefined
    },
  }
}
