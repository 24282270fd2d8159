import { defaultControlTimings, type ControlTimings } from '../postgres/control.js'
import type { Logger } from '../observe/logger.js'
import type { Project } from '../project/project.js'

/** What the engine is made of. All durations in milliseconds. */
export interface EngineOptions {
  readonly project: Project
  /** Schema of the bookkeeping tables. */
  readonly schema: string
  /** `lock_timeout` of each transactional attempt. */
  readonly lockTimeoutMs: number
  /** `statement_timeout`; 0: none. */
  readonly statementTimeoutMs: number
  /** Bound on waiting and retrying; never cuts work that goes on. */
  readonly budgetMs: number
  /** What an edited migration does. */
  readonly drift: 'warn' | 'refuse'
  readonly release: string
  readonly logger: Logger
  /** Takes secrets out of what a migration's error says, before it is recorded and told. Default: nothing is known. */
  readonly redact?: ((text: string) => string) | undefined
  /** What the journal keeps of the configuration with each run. Default: nothing is known. */
  readonly bootFacts?: BootFacts | undefined
  readonly timings?: Partial<EngineTimings>
}

/** Under which configuration a process runs, as far as it is no secret. */
export interface BootFacts {
  /** The settings, secrets and passwords left out; the journal keeps their fingerprint, equal for equal ones. */
  readonly configured: unknown
  /** Codes of what the start warned about, each with its variable, such as `secret_weak MIGRATION_SECRET`. */
  readonly warnings: readonly string[]
}

export interface EngineTimings extends ControlTimings {
  /** Between two looks at a run under way: blockers, cancellation. */
  readonly watchMs: number
  /** Between two writes of a run's progress. */
  readonly progressMs: number
  /** Shortest and longest pause between two tries for the run lock; jittered. */
  readonly pollMinMs: number
  readonly pollMaxMs: number
  /** What a predecessor's orphaned backend gets before it is ended. */
  readonly orphanGraceMs: number
  /** `idle_in_transaction_session_timeout` of a migration's own transaction. */
  readonly workIdleMs: number
  /** Between two records of what was refused. */
  readonly refusalsMs: number
}

export const defaultTimings: EngineTimings = Object.freeze({
  ...defaultControlTimings,
  watchMs: 300,
  progressMs: 1_000,
  pollMinMs: 80,
  pollMaxMs: 1_000,
  orphanGraceMs: 1_000,
  workIdleMs: 600_000,
  refusalsMs: 60_000,
})
