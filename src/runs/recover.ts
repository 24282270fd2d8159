import { entrySource, type JournalEntry } from '../journal/record.js'
import { endedRuns, unsealedMigrations } from '../journal/sources.js'
import { endFenceHolders, endMarked, isExecuting, isFenced, tryFenceStatement } from '../postgres/fence.js'
import { isAsItShouldBe, readKnexLock, resetKnexLock } from '../postgres/history.js'
import type { RunLock } from '../postgres/control.js'
import { appliedByRun, unfinishedRuns, type RunRecord } from '../postgres/run-records.js'
import { markInterruptedStatement } from '../postgres/run-writes.js'
import type { Link } from '../postgres/hub.js'
import type { Scope } from '../postgres/scope.js'
import type { Logger } from '../observe/logger.js'
import type { Query } from '../postgres/session.js'
import { interruptedDetail, RunFailure } from './failures.js'
import type { AppliedMigration } from './outcome.js'
import { jitter, pause } from './pause.js'
import { commitRecorded } from './recording.js'

export interface RecoveryOptions {
  readonly link: Link
  /** What an orphaned backend gets to end by itself. Milliseconds. */
  readonly orphanGraceMs: number
  readonly logger: Logger
  /** Told of each run that was closed. */
  readonly onRecovered?: (run: RunRecord) => void
}

type Identified = Pick<RunRecord, 'id'>

/** How long a successor tries to end what a predecessor left, before it gives up with `blocked`. */
const orphanLimitMs = 60_000

/**
 * Settles what a dead predecessor left; called by the holder of the run lock, with the bookkeeping tables there.
 * First its work must have ended, then its record is closed and what it applied is sealed, in one transaction with
 * knex's lock row that it held.
 */
export async function recover(lock: RunLock, options: RecoveryOptions): Promise<void> {
  const { link, logger } = options
  const { scope } = link
  const dead = await lock.read((query) => unfinishedRuns(query, scope))
  const backends = await endOrphans(lock, dead, options)
  for (const run of dead) {
    logger.warn('a run was interrupted; what it had not committed was rolled back', { runId: run.id })
  }
  const knexLock = await lock.read((query) => freeKnexLock(query, scope, dead))
  const actions = recoveryActions({ backends, freed: knexLock === 'freed', dead })
  if (dead.length === 0 && actions.length === 0) {
    if (knexLock === 'mended') await lock.commitAll([])
    return
  }
  const ids = dead.map(({ id }) => id)
  await commitRecorded({
    lock,
    link,
    before: ids.map((id) => markInterruptedStatement(scope, id, interruptedDetail)),
    records: [...actions.map(entrySource), unsealedMigrations(scope), endedRuns(scope, ids, true)],
  })
  for (const run of dead) options.onRecovered?.(run)
}

function recoveryActions(found: {
  readonly backends: number
  readonly freed: boolean
  readonly dead: readonly Identified[]
}): readonly JournalEntry[] {
  const { backends, freed, dead } = found
  const runs = dead.map(({ id }) => id)
  return [
    ...(backends > 0 ? [{ kind: 'orphan_ended', data: { backends, runs } } as const] : []),
    ...(freed ? [{ kind: 'knex_lock_freed', data: { runs } } as const] : []),
  ]
}

/** What a run of this process has committed, once nothing of it is under way any more. */
export async function committedBy(
  lock: RunLock,
  options: RecoveryOptions,
  runId: string,
): Promise<readonly AppliedMigration[]> {
  await endOrphans(lock, [{ id: runId }], options)
  return lock.read((query) => appliedByRun(query, options.link.scope, runId))
}

/**
 * The fence covers transactions and direct sessions; behind a pooler only a statement's own mark tells. How many backends
 * had to be ended.
 */
async function endOrphans(
  lock: RunLock,
  dead: readonly Identified[],
  options: RecoveryOptions,
): Promise<number> {
  const start = performance.now()
  for (const ended = new Set<string>(); ;) {
    const waitedMs = performance.now() - start
    if (await noneLeft(lock, dead, options.link.scope)) return ended.size
    if (waitedMs > orphanLimitMs) throw orphanStays()
    // One that holds the fence and executes, or that takes its time to end, is one all the same.
    if (waitedMs > options.orphanGraceMs) {
      for (const pid of await endThem(lock, dead, options)) ended.add(pid)
    }
    await pause(jitter(50, 150), lock.lost)
  }
}

async function noneLeft(lock: RunLock, dead: readonly Identified[], scope: Scope): Promise<boolean> {
  // Taken and given back at once: the commit frees it, while the run lock stays.
  if (!isFenced(await lock.commitAll([tryFenceStatement(scope)]))) return false
  for (const run of dead) if (await lock.read((query) => isExecuting(query, run.id))) return false
  return true
}

async function endThem(
  lock: RunLock,
  dead: readonly Identified[],
  { link, logger }: RecoveryOptions,
): Promise<ReadonlySet<string>> {
  const ended = await lock.read(async (query) => {
    const pids = new Set(await endFenceHolders(query, link.scope))
    for (const run of dead) for (const pid of await endMarked(query, run.id)) pids.add(pid)
    return pids
  })
  if (ended.size > 0) logger.warn('ended the orphaned backend of a dead run', { backends: ended.size })
  return ended
}

function orphanStays(): RunFailure {
  return new RunFailure(
    'blocked',
    'The backend of an interrupted run is still executing and could not be ended. It holds an advisory lock in pg_locks, or its query in pg_stat_activity begins with "/* sallyport run": end it with pg_terminate_backend, then call again.',
  )
}

/** Freed when it is provably ours: the row's `xmin` is the transaction in which a dead run took it. */
async function freeKnexLock(
  query: Query,
  scope: Scope,
  dead: readonly RunRecord[],
): Promise<'as it should be' | 'mended' | 'freed'> {
  const rows = await readKnexLock(query, scope)
  if (isAsItShouldBe(rows)) return 'as it should be'
  const ours = new Set(dead.map((run) => run.knexLockXmin))
  const foreign = rows.filter((row) => row.isLocked && !ours.has(row.xmin))
  if (foreign.length > 0) throw knexLocked()
  await resetKnexLock(query, scope)
  return rows.some((row) => row.isLocked) ? 'freed' : 'mended'
}

export function knexLocked(): RunFailure {
  return new RunFailure(
    'knex_locked',
    'knex’s own lock row is held, and not by a run of Sallyport: the knex CLI is migrating, or it was killed. Wait for it to end; if it is dead, run `sallyport unlock` or `knex migrate:unlock`, then call again.',
    { remedy: 'sallyport unlock' },
  )
}
