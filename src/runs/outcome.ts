import type { FailureCode } from '../problems/catalog.js'

/** One migration that a run applied. */
export interface AppliedMigration {
  /** The file's name without extension. */
  readonly name: string
  readonly durationMs: number
}

/** What a caller of the engine is told; the door and the command line each turn it into their own form once. */
export type Outcome = Completed | Planned | Running | Failed

/** `applied`: this run (or the one that was joined) applied something. `up_to_date`: one read, nothing written. */
export interface Completed {
  readonly status: 'applied' | 'up_to_date'
  readonly runId: string | null
  /** The batch number in `knex_migrations`; null where nothing was applied. */
  readonly batch: number | null
  readonly applied: readonly AppliedMigration[]
  /** Applied migrations that this release does not ship, when a newer release migrated the database. */
  readonly ahead?: readonly string[]
  readonly durationMs: number
  readonly joined: boolean
  readonly release: string
  /** Of a run that somebody wanted cancelled after it had done its work. */
  readonly cancellation?: 'too_late'
}

/** The answer to a dry run. */
export interface Planned {
  readonly status: 'planned'
  readonly pending: readonly PendingMigration[]
  readonly ahead?: readonly string[]
  readonly release: string
}

/** One migration that a run would apply. */
export interface PendingMigration {
  readonly name: string
  /** `sha256:…` of the source file, comments and layout apart. */
  readonly checksum: string
  readonly transaction: boolean
}

/** The wait is over and the run goes on. */
export interface Running {
  readonly status: 'running'
  readonly runId: string
  readonly batch: number | null
  readonly applied: readonly AppliedMigration[]
  readonly durationMs: number
  readonly joined: boolean
  readonly release: string
}

/** A run, or the attempt to start one, that did not succeed. `fields` are the members that the code's contract names. */
export interface Failed {
  readonly status: 'failed'
  readonly code: FailureCode
  /** What happened, why, what to do now. Holds no secret, no connection string, no SQL. */
  readonly detail: string
  readonly fields: FailureFields
  /** The original error, for the log's debug level only. */
  readonly cause?: unknown
}

/** What is known of a failure beside its code; which members there are depends on it. */
export interface FailureFields {
  readonly runId?: string | null
  readonly migration?: string
  readonly sqlState?: string
  /** The server's primary message, without statement, bindings, detail. */
  readonly message?: string
  readonly applied?: readonly AppliedMigration[]
  readonly rolledBack?: readonly string[]
  /** This replica's newest migration. */
  readonly head?: string | null
  readonly drift?: readonly DriftFinding[]
  readonly blockers?: readonly Blocker[]
  readonly unresolved?: readonly string[]
  readonly remedy?: string
  readonly joined?: boolean
  readonly durationMs?: number
  readonly cancellation?: 'too_late'
}

/** How the files and `knex_migrations` disagree. */
export interface DriftFinding {
  readonly name: string
  /** `missing`: applied, not shipped, though newer ones are. `out_of_order`: pending, sorts before an applied one. `edited`: applied, then its file changed. */
  readonly kind: 'missing' | 'out_of_order' | 'edited'
  readonly message: string
}

/** A session that blocks the migration. */
export interface Blocker {
  readonly pid: number
  readonly user: string | null
  readonly application: string | null
  readonly state: string | null
  /** ISO 8601. */
  readonly since: string | null
  /** At most 200 characters, literals masked; `"hidden"` where the role may not see it. */
  readonly query: string
}
