import type { ExportOptions } from '../journal/export.js'
import type { RefusalNote } from '../journal/refusals.js'
import type { JournalVerdict, VerifyOptions } from '../journal/verify.js'
import type { JournalHead } from '../postgres/state.js'
import type { Actor } from './actor.js'
import type {
  AppliedMigration,
  Blocker,
  Completed,
  DriftFinding,
  Failed,
  FailureFields,
  Outcome,
  Planned,
} from './outcome.js'
import type { FailureCode } from '../problems/catalog.js'
import type { Inspection } from '../postgres/inspection.js'

/** What a caller asks of a run; all options already parsed and known. */
export interface Order {
  readonly dryRun?: boolean
  /** The newest migration that the caller expects this replica to ship. */
  readonly expect?: string
  readonly acceptDrift?: readonly { readonly name: string; readonly reason: string }[]
  readonly resolve?: { readonly name: string; readonly as: 'applied' | 'pending'; readonly reason: string }
}

/** One step of a run as it happens. */
export type RunEvent =
  | {
      readonly type: 'run'
      readonly runId: string
      readonly joined: boolean
      readonly pending: readonly string[]
    }
  | {
      readonly type: 'migration'
      readonly runId: string
      readonly name: string
      /** `retrying`: a lock was not to be had in time; it was rolled back and is tried again. */
      readonly state: 'started' | 'applied' | 'failed' | 'retrying'
      readonly index: number
      readonly of: number
      /** Of one that is applied. */
      readonly durationMs?: number
      /** Since one that goes on was begun. */
      readonly elapsedMs?: number
      readonly phase?: string
      readonly percent?: number
    }
  | {
      readonly type: 'waiting'
      readonly runId: string | null
      readonly for: 'lock' | 'blockers' | 'predecessor'
      readonly elapsedMs: number
      readonly blockers?: readonly Blocker[]
    }

export interface MigrateOptions {
  /** Milliseconds after which `running` is answered while the run goes on. Default: wait until it ends. */
  readonly waitMs?: number
  readonly onEvent?: (event: RunEvent) => void
}

export type Cancellation = 'requested' | 'done' | 'too_late'

/** The migration under way, as seen within the last second or so. */
export interface CurrentMigration {
  readonly name: string
  /** 1-based, within the plan. */
  readonly index: number
  readonly of: number
  /** Since it was begun; absent where an older release runs it. */
  readonly elapsedMs?: number
  /** Of an index build, as `pg_stat_progress_create_index` names it. */
  readonly phase?: string
  /** Of that phase; absent where the server cannot tell. */
  readonly percent?: number
}

/** Sessions that keep a migration from going on. */
export interface RunWaiting {
  readonly for: 'blockers'
  readonly elapsedMs: number
  readonly blockers: readonly Blocker[]
}

/** A run as every replica knows it. */
export interface RunView {
  readonly runId: string
  readonly status: 'running' | 'applied' | 'failed' | 'cancelled' | 'interrupted'
  readonly release: string
  readonly startedAt: string
  readonly endedAt: string | null
  readonly durationMs: number
  readonly batch: number | null
  readonly plan: readonly string[]
  readonly applied: readonly AppliedMigration[]
  readonly current: CurrentMigration | null
  /** What the migration under way waits for; null while it works. */
  readonly waiting: RunWaiting | null
  /** Whether somebody asked for its end, and what came of it: `too_late` when it ended otherwise before that. */
  readonly cancellation: Cancellation | null
  readonly actor: Actor
  readonly failure: ({ readonly code: FailureCode; readonly detail: string } & FailureFields) | null
}

/** How far what this replica ships is applied. One read; writes nothing, locks nothing, creates nothing; reads no file. */
export interface Standing {
  readonly pending: readonly string[]
  /** What the next call will answer `unresolved` about. */
  readonly unresolved: readonly string[]
  readonly run: RunView | null
}

/** The state of this replica's files against the database. As `Standing`, but that files are read of which no checksum is known. */
export interface Status extends Standing {
  readonly head: string | null
  readonly upToDate: boolean
  readonly applied: number
  readonly ahead: readonly string[]
  readonly drift: readonly DriftFinding[]
  /** Rows of the migrations table that no run wrote, or that vanished. */
  readonly outside: readonly string[]
  /** The journal's newest record, an anchor for whoever keeps it elsewhere; null where there is no journal yet. */
  readonly journal: JournalHead | null
}

/** `freed`: the lock row was held, doubled or missing, and is now one that is free. */
export interface Unlocked {
  readonly freed: boolean
}

/** Told of the runs of this process, also of one whose callers were all answered before it ended. Must not throw. */
export interface RunObserver {
  /** Its record is committed, nothing is applied yet. */
  started(runId: string, actor: Actor): void
  /** It ended: here, and not joined. */
  ended(outcome: Completed | Failed, actor: Actor): void
  /** A run whose process died, on whichever replica, was closed here: `applied` where all of it had been committed. */
  recovered?(run: {
    readonly runId: string
    readonly status: RunView['status']
    readonly durationMs: number
  }): void
}

/** The record of every attempt, as the engine keeps it. */
export interface EngineJournal {
  /** The newest head that this process has read or written, for `X-Journal-Head` and log lines; asks nobody. */
  head(): JournalHead | null
  /** Counts a refused request for the next summary; synchronous, opens nothing, never throws. */
  refused(note: RefusalNote): void
  /** The previous migration secret let somebody in; noted in the background, at most once in six hours. */
  previousSecretUsed(actor: Actor): void
  /** Verifies the chain from its first record, and the tables of runs against it. Writes nothing. */
  verify(options?: VerifyOptions): Promise<JournalVerdict | Failed>
  /** Writes the records of a time as one JSON document, with what verification of the whole chain found. */
  export(options: ExportOptions): Promise<JournalVerdict | Failed>
}

/** What the engine offers to the door, the probes and the command line. Expected failures are returned, never thrown. */
export interface Engine {
  readonly release: string
  readonly journal: EngineJournal
  migrate(order: Order, actor: Actor, options?: MigrateOptions): Promise<Outcome>
  /** From now on tells `observer` of every run that this process carries out. */
  observeRuns(observer: RunObserver): void
  /** What readiness asks. */
  standing(): Promise<Standing | Failed>
  status(): Promise<Status | Failed>
  /** What a call would apply or refuse now; as a dry run, it writes nothing, and needs nobody who may act. */
  plan(): Promise<Planned | Failed>
  run(runId: string): Promise<RunView | undefined | Failed>
  runs(limit: number): Promise<readonly RunView[] | Failed>
  /** Asks exactly that run to stop, on whichever replica it runs. */
  cancel(runId: string, actor: Actor): Promise<RunView | undefined | Failed>
  /** What the production checklist asks of the database, on a connection of its own; writes, locks and creates nothing. */
  inspect(): Promise<Inspection | Failed>
  /** Loads what only a run needs, knex for one, which else the first run does. Never rejects: that run would tell. */
  loadForRun(): Promise<void>
  /** Frees knex's own lock row, on a person's word that nobody is migrating. */
  unlock(): Promise<Unlocked | Failed>
  /** New calls are answered `draining`; the run under way gets `graceMs`, then is cancelled and rolled back. */
  drain(graceMs: number): Promise<void>
  close(): Promise<void>
}
