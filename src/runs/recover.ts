import { endFenceHolders, endMarked, isExecuting, tryFence } from '../postgres/fence.js'
import { readKnexLock, resetKnexLock } from '../postgres/history.js'
import type { RunLock } from '../postgres/control.js'
import { appliedByRun, unfinishedRuns, type RunRecord } from '../postgres/run-records.js'
import { markInterrupted } from '../postgres/run-writes.js'
import type { Scope } from '../postgres/scope.js'
import type { Logger } from '../observe/logger.js'
import { RunFailure } from './failures.js'
import type { AppliedMigration } from './outcome.js'
import { jitter, pause } from './pause.js'

export interface RecoveryOptions {
  readonly scope: Scope
  /** What an orphaned backend gets to end by itself. Milliseconds. */
  readonly orphanGraceMs: number
  readonly logger: Logger
}

type Identified = Pick<RunRecord, 'id'>

/** How long a successor tries to end what a predecessor left, before it gives up with `blocked`. */
const orphanLimitMs = 60_000

/**
 * Settles what a dead predecessor left; called by the holder of the run lock, with the bookkeeping tables there.
 * First its work must have ended, then its record is closed, in one transaction with knex's lock row that it held.
 */
export async function recover(lock: RunLock, options: RecoveryOptions): Promise<void> {
  const { scope, logger } = options
  const dead = await lock.read((query) => unfinishedRuns(query, scope))
  await endOrphans(lock, dead, options)
  for (const run of dead) {
    logger.warn('a run was interrupted; what it had not committed was rolled back', { runId: run.id })
  }
  await lock.commit(async (query) => {
    await freeKnexLock(query, scope, dead)
    for (const run of dead) await markInterrupted(query, scope, run.id, interruptedDetail)
  })
}

export const interruptedDetail =
  'The process that served this run died, or lost its connection. What it had committed stays; the rest was rolled back. Call again: the next run completes it, or asks about a migration outside a transaction.'

/** What a run of this process has committed, once nothing of it is under way any more. */
export async function committedBy(
  lock: RunLock,
  options: RecoveryOptions,
  runId: string,
): Promise<readonly AppliedMigration[]> {
  await endOrphans(lock, [{ id: runId }], options)
  return lock.read((query) => appliedByRun(query, options.scope, runId))
}

/** The fence covers transactions and direct sessions; behind a pooler only a statement's own mark tells. */
async function endOrphans(
  lock: RunLock,
  dead: readonly Identified[],
  options: RecoveryOptions,
): Promise<void> {
  const start = performance.now()
  for (;;) {
    const waitedMs = performance.now() - start
    if (await noneLeft(lock, dead, options.scope)) return
    if (waitedMs > orphanLimitMs) throw orphanStays()
    if (waitedMs > options.orphanGraceMs) await endThem(lock, dead, options)
    await pause(jitter(50, 150), lock.lost)
  }
}

async function noneLeft(lock: RunLock, dead: readonly Identified[], scope: Scope): Promise<boolean> {
  // Taken and given back at once: the commit frees it, while the run lock stays.
  if (!(await lock.commit((query) => tryFence(query, scope)))) return false
  for (const run of dead) if (await lock.read((query) => isExecuting(query, run.id))) return false
  return true
}

async function endThem(
  lock: RunLock,
  dead: readonly Identified[],
  { scope, logger }: RecoveryOptions,
): Promise<void> {
  const ended = await lock.read(async (query) => {
    let count = await endFenceHolders(query, scope)
    for (const run of dead) count += await endMarked(query, run.id)
    return count
  })
  if (ended > 0) logger.warn('ended the orphaned backend of a dead run', { backends: ended })
}

function orphanStays(): RunFailure {
  return new RunFailure(
    'blocked',
    'The backend of an interrupted run is still executing and could not be ended. It holds an advisory lock in pg_locks, or its query in pg_stat_activity begins with "/* sallyport run": end it with pg_terminate_backend, then call again.',
  )
}

/** Freed when it is provably ours: the row's `xmin` is the transaction in which a dead run took it. */
async function freeKnexLock(
  query: Parameters<Parameters<RunLock['commit']>[0]>[0],
  scope: Scope,
  dead: readonly RunRecord[],
): Promise<void> {
  const rows = await readKnexLock(query, scope)
  const [only] = rows
  if (rows.length === 1 && only?.isFree === true) return
  const ours = new Set(dead.map((run) => run.knexLockXmin))
  const foreign = rows.filter((row) => row.isLocked && !ours.has(row.xmin))
  if (foreign.length > 0) throw knexLocked()
  await resetKnexLock(query, scope)
}

export function knexLocked(): RunFailure {
  return new RunFailure(
    'knex_locked',
    'knex’s own lock row is held, and not by a run of Sallyport: the knex CLI is migrating, or it was killed. Wait for it to end; if it is dead, run `sallyport unlock` or `knex migrate:unlock`, then call again.',
    { remedy: 'sallyport unlock' },
  )
}
