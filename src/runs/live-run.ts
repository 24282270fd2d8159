import type { AppliedMigration, Blocker } from './outcome.js'
import type { RunEvent } from './engine.js'
import type { Migration } from '../project/migration.js'

/** A run of this process, as it goes: what the record, the events and the watcher share. */
export interface LiveRun {
  readonly id: string
  readonly batch: number
  readonly plan: readonly Migration[]
  /** Committed, in order. */
  readonly applied: readonly AppliedMigration[]
  readonly current: { readonly name: string; readonly index: number; readonly of: number } | null
  /** Those last seen blocking the statement under way. */
  readonly blockers: readonly Blocker[]
  /** Aborted when the run must stop before its next step; the reason is a `RunEnded`. */
  readonly ended: AbortSignal
  begin(migration: Migration): void
  commit(applied: readonly AppliedMigration[]): void
  /** What began was rolled back. */
  rollBack(): void
  sawBlockers(blockers: readonly Blocker[]): void
  end(reason: RunEnded): void
}

/** Why a run was stopped from within or without. */
export class RunEnded extends Error {
  override readonly name = 'RunEnded'
  readonly kind: 'cancelled' | 'lock_lost' | 'blocked'

  constructor(kind: RunEnded['kind'], message: string, options?: ErrorOptions) {
    super(message, options)
    this.kind = kind
  }
}

export function createLiveRun(
  id: string,
  batch: number,
  plan: readonly Migration[],
  emit: (event: RunEvent) => void,
): LiveRun {
  const ended = new AbortController()
  const applied: AppliedMigration[] = []
  let current: LiveRun['current'] = null
  let blockers: readonly Blocker[] = []
  const of = plan.length
  return Object.freeze({
    id,
    batch,
    plan,
    applied,
    get current() {
      return current
    },
    get blockers() {
      return blockers
    },
    ended: ended.signal,
    begin: (migration: Migration) => {
      current = { name: migration.name, index: plan.indexOf(migration) + 1, of }
      emit({ type: 'migration', runId: id, state: 'started', ...current })
    },
    commit: (done: readonly AppliedMigration[]) => {
      current = null
      for (const one of done) {
        applied.push(one)
        emit({ type: 'migration', runId: id, state: 'applied', ...one, index: applied.length, of })
      }
    },
    rollBack: () => {
      if (current) emit({ type: 'migration', runId: id, state: 'failed', ...current })
      current = null
    },
    sawBlockers: (seen: readonly Blocker[]) => {
      blockers = seen
    },
    end: (reason: RunEnded) => {
      ended.abort(reason)
    },
  })
}
