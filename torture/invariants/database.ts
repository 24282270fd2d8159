import { until } from '../patience.js'
import type { MigrationSet } from '../sets/migration-set.js'
import { look, sessions, type Sight } from './sight.js'

/** How many runs can have begun a batch, and whether a pooler keeps sessions of its own open. */
export interface Circumstances {
  readonly interruptions: number
  readonly pooled: boolean
}

/** What is wrong with a database in which every run has ended and the last one succeeded. */
export async function databaseViolations(
  url: string,
  set: MigrationSet,
  circumstances: Circumstances,
): Promise<string[]> {
  const left = await sessionsLeft(url, circumstances.pooled)
  const sight = await look(url)
  return [
    ...left,
    ...onceEach(sight, set),
    ...lockViolations(sight),
    ...sight.invalidIndexes.map((name) => `INVALID index left: ${name}`),
    ...batchViolations(sight, circumstances.interruptions),
  ]
}

/** What may not be even while runs are being killed: a transactional migration without its record, or the reverse. */
export function tornViolations(sight: Sight, set: MigrationSet): string[] {
  return torn(sight, set)
    .filter(({ manner }) => manner === 'transactional')
    .map(({ name, how }) => `${how}: ${name}`)
}

/** Every migration whose effect and record disagree at this instant. */
export function torn(
  sight: Sight,
  set: MigrationSet,
): { readonly name: string; readonly manner: string; readonly how: string }[] {
  const recorded = new Set(sight.records.map(({ file }) => file))
  return set.migrations.flatMap(({ name, file, manner }) => {
    const applied = (sight.ledger.get(name) ?? 0) > 0
    if (applied === recorded.has(file)) return []
    return [{ name, manner, how: applied ? 'applied without a record' : 'recorded without being applied' }]
  })
}

function onceEach(sight: Sight, set: MigrationSet): string[] {
  const known = new Set(set.migrations.map(({ file }) => file))
  const wrong = new Map<string, string[]>()
  const expectOne = (what: string, times: number, name: string): void => {
    if (times !== 1)
      wrong.set(`${what} ${times} times`, [...(wrong.get(`${what} ${times} times`) ?? []), name])
  }
  for (const { name, file } of set.migrations) {
    expectOne('applied', sight.ledger.get(name) ?? 0, name)
    expectOne('recorded', sight.records.filter((record) => record.file === file).length, name)
  }
  const strange = sight.records.filter(({ file }) => !known.has(file))
  return [
    ...[...wrong].map(
      ([what, names]) => `${what}: ${names.length > 3 ? `${names.length} migrations` : names.join(', ')}`,
    ),
    ...strange.map(({ file }) => `recorded, but not of the set: ${file}`),
  ]
}

function lockViolations(sight: Sight): string[] {
  return [
    ...(sight.locks.length === 1 ? [] : [`${sight.locks.length} rows in knex_migrations_lock`]),
    ...(sight.locks.some((locked) => locked !== 0) ? ['knex_migrations_lock is still locked'] : []),
    ...(sight.advisoryLocks === 0 ? [] : [`${sight.advisoryLocks} advisory locks still held`]),
  ]
}

function batchViolations(sight: Sight, interruptions: number): string[] {
  const batches = new Set(sight.records.map(({ batch }) => batch))
  if (batches.size <= 1 + interruptions) return []
  return [`${batches.size} batch numbers for ${1 + interruptions} runs`]
}

/** A direct connection has to go, a pooled one has to be idle: both within bounded time. */
async function sessionsLeft(url: string, pooled: boolean): Promise<string[]> {
  const busy = async (): Promise<string[]> =>
    (await sessions(url))
      .filter(({ state }) => !pooled || state !== 'idle')
      .map(({ pid, state, application, query }) => `session left: ${pid} ${application} ${state} ${query}`)
  try {
    await until('sessions are gone', 15_000, async () => ((await busy()).length === 0 ? true : undefined))
    return []
  } catch {
    return busy()
  }
}
