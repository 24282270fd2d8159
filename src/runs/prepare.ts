import {
  acceptRecord,
  createHistory,
  insertRecords,
  isAsItShouldBe,
  knexLockStatement,
  type AppliedRecord,
  type KnexLockRow,
} from '../postgres/history.js'
import { lostJournal } from '../journal/cross-check.js'
import { createJournal } from '../journal/table.js'
import { entrySource } from '../journal/record.js'
import { block } from '../postgres/block.js'
import { createBookkeeping } from '../postgres/bookkeeping.js'
import { isFenced, tryFenceStatement } from '../postgres/fence.js'
import { findTables, stateFrom, type DatabaseState } from '../postgres/state.js'
import { allTables, stateStatement } from '../postgres/state-statement.js'
import type { Migration, MigrationFile } from '../project/migration.js'
import { settleSteps } from './decisions.js'
import { decideDrift } from './drift.js'
import type { Shipped } from './files.js'
import type { Completed } from './outcome.js'
import type { Plan } from './plan.js'
import { commitRecorded } from './recording.js'
import { recover } from './recover.js'
import type { RunRequest } from './run.js'
import { openQuestions } from './unresolved.js'
import { upToDate } from './up-to-date.js'

/** What is to be done, decided under the lock. */
export interface Prepared {
  readonly state: DatabaseState
  readonly pending: readonly Migration[]
  readonly batch: number
}

/** Tables, recovery, state read again, open questions and drift decided. */
export async function prepare(request: RunRequest): Promise<Prepared | Completed> {
  const startedAt = performance.now() - request.waitedMs
  const { shipped, options } = request
  const state = await settledState(request)
  const plan = await shipped.planAgainst(state)
  await noteDrift(request, state, plan)
  if (plan.pending.length === 0) return upToDate(options, plan.ahead, startedAt)
  return { state, pending: await loadAll(request, plan.pending), batch: batchAfter(state) }
}

/** One message, unless there is something to settle: a dead predecessor's run, knex's lock row, an open question. */
async function settledState(request: RunRequest): Promise<DatabaseState> {
  const { lock, link, order, options, timings, onRecovered } = request
  await noteLostJournal(request)
  const found = await look(request)
  if (order.resolve === undefined && nothingIsLeft(found)) {
    link.sawState(found.state)
    return found.state
  }
  const { orphanGraceMs } = timings
  await recover(lock, { link, orphanGraceMs, logger: options.logger, onRecovered })
  await settleSteps(lock, link, request)
  return lock.read(link.readState)
}

interface Look {
  /** Whether nobody else's transactional segment is under way. */
  readonly fenced: boolean
  readonly knexLock: readonly KnexLockRow[]
  /** Read after the fence was got, so that it holds what a predecessor has committed. */
  readonly state: DatabaseState
}

/** Tables are created under the run lock, so that first boots do not race for them. The fence is given back at once. */
async function look({ lock, link: { scope }, state }: RunRequest): Promise<Look> {
  const { history, knexLock, bookkeeping, journal } = state.present
  const complete = history && knexLock && bookkeeping && journal
  const rows = await lock.commitAll([
    ...(complete ? [] : [block([createHistory(scope), ...createBookkeeping(scope), createJournal(scope)])]),
    tryFenceStatement(scope),
    knexLockStatement(scope),
    stateStatement(scope, allTables),
  ])
  const [fence, lockRows, stateRows] = rows.slice(-3)
  return {
    fenced: isFenced([fence ?? []]),
    knexLock: (lockRows ?? []) as readonly KnexLockRow[],
    state: stateFrom(stateRows ?? [], allTables),
  }
}

function nothingIsLeft({ fenced, knexLock, state }: Look): boolean {
  return fenced && state.run === null && isAsItShouldBe(knexLock) && openQuestions(state).length === 0
}

/** Before a new one is created where one must have been. */
async function noteLostJournal({ lock, link: { scope }, state, options }: RunRequest): Promise<void> {
  if (!state.present.bookkeeping || state.present.journal) return
  const lost = await lock.read(async (query) =>
    (await findTables(query, scope)).journal ? null : lostJournal(query, scope),
  )
  if (lost !== null)
    options.logger.error(`${lost} A new one begins. Find out who did that, and keep what is left.`)
}

/** The number that the next batch gets, as knex counts. */
function batchAfter({ history }: DatabaseState): number {
  return 1 + history.reduce((highest, { batch }) => Math.max(highest, batch), 0)
}

/** Baselines what others applied, and keeps what the caller accepts, with the reason. */
async function noteDrift(
  { lock, link, shipped, actor, order, options }: RunRequest,
  state: DatabaseState,
  plan: Plan,
): Promise<void> {
  const accepted = decideDrift(plan, order, options)
  const baseline = await baselineOf(shipped, state)
  if (baseline.length === 0 && accepted.length === 0) return
  const checksums = await Promise.all(accepted.map(({ name }) => checksumOf(shipped, name)))
  await lock.read(async (query) => {
    await insertRecords(query, link.scope, baseline)
    for (const [index, { name, reason }] of accepted.entries()) {
      await acceptRecord(query, link.scope, name, { reason, actor, checksum: checksums[index] ?? null })
    }
  })
  if (accepted.length === 0) {
    await lock.commitAll([])
    return
  }
  const findings = new Map(plan.findings.map(({ name, kind }) => [name, kind]))
  const records = accepted.map(({ name, reason }, index) => {
    const data = { actor, reason, finding: findings.get(name), checksum: checksums[index] }
    return entrySource({ kind: 'drift_accepted', subject: name, data })
  })
  await commitRecorded({ lock, link, records })
}

/** Rows that others wrote get the checksum of the file as it is now, so that a later edit of it is seen. */
async function baselineOf(shipped: Shipped, state: DatabaseState): Promise<AppliedRecord[]> {
  const unknown = state.history.filter((row) => !state.records.has(row.name))
  return Promise.all(
    unknown.map(async ({ name, recordedAs }) => ({
      name,
      recordedAs,
      checksum: await checksumOf(shipped, name),
      kind: shipped.files.find((file) => file.name === name)?.kind ?? '',
      origin: 'outside',
      runId: null,
      durationMs: null,
    })),
  )
}

async function checksumOf(shipped: Shipped, name: string): Promise<string | null> {
  const file = shipped.files.find((one) => one.name === name)
  return (file && (await shipped.checksum(file))) ?? null
}

/** What was loaded before the lock was taken, and what became pending since. */
async function loadAll(
  { loaded, shipped }: RunRequest,
  pending: readonly MigrationFile[],
): Promise<readonly Migration[]> {
  const byName = new Map(loaded.map((migration) => [migration.name, migration]))
  const missing = await shipped.load(pending.filter((file) => !byName.has(file.name)))
  for (const migration of missing) byName.set(migration.name, migration)
  return pending.flatMap((file) => byName.get(file.name) ?? [])
}
