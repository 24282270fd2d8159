import {
  acceptRecord,
  createHistory,
  insertRecords,
  nextBatch,
  type AppliedRecord,
} from '../postgres/history.js'
import { lostJournal } from '../journal/cross-check.js'
import { createJournal } from '../journal/table.js'
import { entrySource } from '../journal/record.js'
import { createBookkeeping } from '../postgres/bookkeeping.js'
import { findTables, type DatabaseState } from '../postgres/state.js'
import type { Migration, MigrationFile } from '../project/migration.js'
import { decideDrift } from './drift.js'
import type { Shipped } from './files.js'
import type { EngineOptions } from './options.js'
import type { Completed } from './outcome.js'
import type { Plan } from './plan.js'
import { commitRecorded } from './recording.js'
import { recover } from './recover.js'
import type { RunRequest } from './run.js'
import { settleSteps } from './unresolved.js'

/** What is to be done, decided under the lock. */
export interface Prepared {
  readonly state: DatabaseState
  readonly pending: readonly Migration[]
  readonly batch: number
}

/** Tables, recovery, state read again, open questions and drift decided. */
export async function prepare(request: RunRequest): Promise<Prepared | Completed> {
  const startedAt = performance.now() - request.waitedMs
  const { lock, link, shipped, options, timings, onRecovered } = request
  await createTables(request)
  const { orphanGraceMs } = timings
  await recover(lock, { link, orphanGraceMs, logger: options.logger, onRecovered })
  await settleSteps(lock, link, request)
  const state = await lock.read(link.readState)
  const plan = await shipped.planAgainst(state)
  await noteDrift(request, state, plan)
  if (plan.pending.length === 0) return upToDate(options, plan.ahead, startedAt)
  const batch = await lock.read((query) => nextBatch(query, link.scope))
  return { state, pending: await loadAll(request, plan.pending), batch }
}

/** Under the run lock, so that first boots do not race for them. */
async function createTables({ lock, link, options }: RunRequest): Promise<void> {
  const present = await lock.read((query) => findTables(query, link.scope))
  const { history, knexLock, bookkeeping, journal } = present
  if (history && knexLock && bookkeeping && journal) return
  // What is there already is left alone: it may belong to another role.
  await lock.commit(async (query) => {
    if (!history || !knexLock) await createHistory(query, link.scope)
    if (!bookkeeping) await createBookkeeping(query, link.scope)
    if (journal) return
    const lost = await lostJournal(query, link.scope)
    if (lost !== null)
      options.logger.error(`${lost} A new one begins. Find out who did that, and keep what is left.`)
    await createJournal(query, link.scope)
  })
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

/** It is no run: nothing was pending. */
export function upToDate({ release }: EngineOptions, ahead: readonly string[], startedAt: number): Completed {
  return Object.freeze({
    status: 'up_to_date',
    runId: null,
    batch: null,
    applied: [],
    ...(ahead.length > 0 ? { ahead } : {}),
    durationMs: Math.round(performance.now() - startedAt),
    joined: false,
    release,
  })
}
