import { faultOf } from '../postgres/errors.js'
import { FenceTakenError } from '../postgres/segment.js'
import { TransactionEndedError } from '../postgres/statement-gate.js'
import type { RunLock } from '../postgres/control.js'
import type { OpenStep } from '../postgres/state.js'
import type { Migration } from '../project/migration.js'
import { askAboutEnded } from './ended-transaction.js'
import { RunFailure } from './failures.js'
import type { LiveRun } from './live-run.js'
import { runNonTransactional } from './non-transactional.js'
import type { EngineOptions } from './options.js'
import type { AppliedMigration } from './outcome.js'
import { jitter, pause } from './pause.js'
import { segmentsOf, type Segment } from './segments.js'
import { runTransactional, type SegmentContext } from './transactional.js'

/** What bounds waiting: time already spent on it counts, work that goes on does not. */
export interface Patience {
  readonly lockTimeoutMs: number
  readonly budgetMs: number
  /** Milliseconds waited so far. */
  waitedMs: number
}

/** Applies the plan, segment by segment. Rejects with what stopped it; `run.applied` tells what stays. */
export async function executePlan(
  context: SegmentContext,
  lock: RunLock,
  openSteps: readonly OpenStep[],
  patience: Patience,
): Promise<void> {
  const { run } = context
  for (const segment of segmentsOf(run.plan, context.project.disableTransactions)) {
    run.ended.throwIfAborted()
    run.commit(await applySegment(context, lock, segment, openSteps, patience))
  }
}

async function applySegment(
  context: SegmentContext,
  lock: RunLock,
  segment: Segment,
  openSteps: readonly OpenStep[],
  patience: Patience,
): Promise<readonly AppliedMigration[]> {
  if (segment.kind === 'transactional') {
    return applyTransactional(context, segment.migrations, patience).catch(async (error: unknown) => {
      if (!(error instanceof TransactionEndedError)) throw error
      throw await askAboutEnded(context, lock, segment.migrations, error)
    })
  }
  const left = openSteps.findLast((step) => step.name === segment.migration.name)
  return runNonTransactional(context, lock, segment.migration, left, (wait) =>
    retried(context.run, patience, wait),
  )
}

async function applyTransactional(
  context: SegmentContext,
  migrations: readonly Migration[],
  patience: Patience,
): Promise<readonly AppliedMigration[]> {
  const { run } = context
  try {
    return await retried(run, patience, () => runTransactional(context, migrations))
  } catch (error) {
    if (migrations.length === 1 || !wantsCommitsBetween(error, run)) throw error
    run.rollBack('retrying')
    for (const one of migrations) run.commit(await applyTransactional(context, [one], patience))
    return []
  }
}

/**
 * An enum's new value can be used only after a commit (55P04). In a mixed batch knex commits after each migration, so
 * that a folder which migrates with knex would fail here without.
 */
function wantsCommitsBetween(error: unknown, run: LiveRun): boolean {
  return faultOf(error).sqlState === '55P04' && run.plan.some(({ transaction }) => !transaction)
}

/** Whole transactional segments are worth another try on 55P03, 40P01, 40001; nothing of them is left. */
async function retried<T>(run: LiveRun, patience: Patience, attempt: () => Promise<T>): Promise<T> {
  for (;;) {
    const startedAt = performance.now()
    try {
      return await attempt()
    } catch (error) {
      if (run.ended.aborted) throw run.ended.reason
      const pauseMs = pauseAfter(error, patience.lockTimeoutMs)
      if (pauseMs === undefined) throw error
      patience.waitedMs += performance.now() - startedAt + pauseMs
      if (patience.waitedMs > patience.budgetMs) throw waitsForLock(error) ? budgetUsedUp(run, error) : error
      run.rollBack('retrying')
      await pause(pauseMs, run.ended)
    }
  }
}

/** Undefined: not worth another try. After a lock timeout, others get at least five times as long as we queued them. */
function pauseAfter(error: unknown, lockTimeoutMs: number): number | undefined {
  if (error instanceof FenceTakenError) return jitter(200, 600)
  const fault = faultOf(error)
  if (fault.kind !== 'retryable') return undefined
  return fault.sqlState === '55P03' ? jitter(5, 7) * lockTimeoutMs : jitter(50, 500)
}

/** A deadlock or a serialization failure is no wait: it is told as what the server says of it. */
function waitsForLock(error: unknown): boolean {
  return error instanceof FenceTakenError || faultOf(error).sqlState === '55P03'
}

function budgetUsedUp(run: LiveRun, cause: unknown): RunFailure {
  const { message, sqlState } = faultOf(cause)
  const said = sqlState === undefined ? {} : { message, sqlState }
  return new RunFailure('blocked', blockedDetail(run), { ...blockedFields(run), ...said }, cause)
}

export function blockedDetail(run: LiveRun): string {
  const who = run.blockers
    .map((b) =>
      b.pid === 0 ? preparedText(b) : `pid ${String(b.pid)} (${b.application ?? b.user ?? 'unknown'})`,
    )
    .join(', ')
  return `${run.current?.name ?? 'A migration'} waited for a lock until MIGRATION_BUDGET was used up${who ? `; blocked by ${who}` : ''}. End that session, or wait for it, and call again; ${whatOfIt(run)}.`
}

function whatOfIt({ plan, current }: LiveRun): string {
  const outside = plan.find(({ name }) => name === current?.name)?.transaction === false
  return outside
    ? 'it ran outside a transaction, and what it did stays'
    : 'nothing of the blocked segment was applied'
}

/** It has no session that could be ended. */
function preparedText({ user, query }: LiveRun['blockers'][number]): string {
  const name = query === 'hidden' ? 'of pg_prepared_xacts' : query.replace('PREPARE TRANSACTION ', '')
  return `the prepared transaction ${name}${user === null ? '' : ` of ${user}`} (COMMIT PREPARED or ROLLBACK PREPARED ends it)`
}

export function blockedFields(run: LiveRun): { blockers: LiveRun['blockers']; migration?: string } {
  return { blockers: run.blockers, ...(run.current ? { migration: run.current.name } : {}) }
}

/** The engine's durations in the form that a segment needs. */
export function segmentTimeouts(options: EngineOptions, idleMs: number): SegmentContext['timeouts'] {
  return { lockMs: options.lockTimeoutMs, statementMs: options.statementTimeoutMs, idleMs }
}
