import type { RunEvent, RunView, Status } from '../../src/runs/engine.js'
import type { Blocker, PendingMigration } from '../../src/runs/outcome.js'

export type { Blocker, DriftFinding, PendingMigration } from '../../src/runs/outcome.js'
export type { RunEvent } from '../../src/runs/engine.js'

/** The migration under way, with what is known of it; an older release tells less. */
export type Current = NonNullable<RunView['current']> & {
  readonly elapsedMs?: number
  readonly phase?: string
  readonly percent?: number
}

/** Sessions that keep the migration under way from going on. */
export interface Waiting {
  readonly elapsedMs: number
  readonly blockers: readonly Blocker[]
}

/** A run as the door tells it. */
export type Run = Omit<RunView, 'current' | 'waiting' | 'cancellation'> & {
  readonly current: Current | null
  readonly waiting?: Waiting | null
  readonly cancellation?: 'requested' | 'done' | 'too_late' | null
}

/** The newest record of the journal. */
export interface JournalHead {
  readonly seq: number
  readonly hash: string
}

/** `GET /api/migrate`. */
export type DoorStatus = Omit<Status, 'run'> & {
  readonly run: Run | null
  readonly release: string
  readonly secret: { readonly dedicated: boolean; readonly rotating: boolean }
  readonly journal?: JournalHead | null
}

/** `GET /api/migrate/plan`. */
export interface DoorPlan {
  readonly pending: readonly PendingMigration[]
}

/** `GET /api/migrate/runs`: the newest, newest first. */
export interface DoorRuns {
  readonly runs: readonly Run[]
}

/** One line of the production checklist. */
export interface CheckItem {
  readonly id: string
  readonly title: string
  readonly status: 'pass' | 'warn' | 'fail' | 'skipped'
  readonly detail?: string | null
  readonly remedy?: string | null
  /** Something else has to be mended before this can be looked at. */
  readonly unknown?: boolean
}

/** `GET /api/migrate/check`. */
export interface DoorCheck {
  /** ISO 8601. */
  readonly checkedAt?: string
  readonly items: readonly CheckItem[]
}

/** An event of `GET /api/migrate/runs/{id}/events`; `done` carries the final answer, which is read from the record. */
export type DoorEvent = RunEvent | { readonly type: 'done' }

/** Why there is no answer: what the door said, or that it could not be reached. */
export interface Problem {
  /** HTTP status; 0 where nothing answered. */
  readonly status: number
  readonly code: string
  readonly title: string
  readonly detail: string
  /** Seconds. */
  readonly retryAfter: number | null
}

export type Reply<Body> =
  { readonly ok: true; readonly body: Body } | { readonly ok: false; readonly problem: Problem }
