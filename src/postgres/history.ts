import { present, unless } from './block.js'
import { literal } from './identifiers.js'
import { jsonText } from './json-text.js'
import { extensionPattern } from '../project/migration.js'
import type { Scope } from './scope.js'
import type { Each, Query } from './session.js'

/**
 * Creates knex's two tables in knex's own form (knex 3.3, lib/migrations/migrate/table-creator.js), as a statement of a
 * block. Under the run lock: knex creates them outside any lock, and first boots that race fail or leave two lock rows.
 */
export function createHistory({ history, knexLock }: Scope): string {
  return unless(present(history, knexLock), [
    `CREATE TABLE IF NOT EXISTS ${history} (
      "id" serial PRIMARY KEY, "name" varchar(255), "batch" integer, "migration_time" timestamptz)`,
    `CREATE TABLE IF NOT EXISTS ${knexLock} ("index" serial PRIMARY KEY, "is_locked" integer)`,
    `INSERT INTO ${knexLock} ("is_locked") SELECT 0 WHERE NOT EXISTS (SELECT FROM ${knexLock})`,
  ])
}

export interface KnexLockRow {
  readonly index: number
  readonly isLocked: boolean
  /** Exactly 0; knex takes nothing else for free. */
  readonly isFree: boolean
  /** The transaction that wrote the row last; recorded when it was ours. */
  readonly xmin: string
}

export async function readKnexLock(query: Query, scope: Scope): Promise<KnexLockRow[]> {
  return query<KnexLockRow>(knexLockStatement(scope))
}

export function knexLockStatement({ knexLock }: Scope): string {
  return `SELECT "index", coalesce("is_locked", 0) <> 0 AS "isLocked", coalesce("is_locked" = 0, false) AS "isFree",
    xmin::text AS xmin FROM ${knexLock} ORDER BY "index"`
}

/** Exactly one row, and nobody holds it. */
export function isAsItShouldBe(rows: readonly KnexLockRow[]): boolean {
  return rows.length === 1 && rows[0]?.isFree === true
}

/** Leaves exactly one row, unlocked: knex's own recovery leaves two after a race, and none after a truncate. */
export async function resetKnexLock(query: Query, scope: Scope): Promise<void> {
  const lock = scope.knexLock
  await query(`DELETE FROM ${lock} WHERE "index" <> (SELECT min("index") FROM ${lock});
    UPDATE ${lock} SET "is_locked" = 0 WHERE "is_locked" IS DISTINCT FROM 0;
    INSERT INTO ${lock} ("is_locked") SELECT 0 WHERE NOT EXISTS (SELECT FROM ${lock})`)
}

/**
 * Takes knex's lock row for a non-transactional segment, and notes for the successor that it was us. Waits for nobody: a
 * knex CLI holds the row for as long as its transaction is open, and a timeout here would cost the run lock. `busy`:
 * that is so; `locked`: there is not exactly one free row.
 */
export async function takeKnexLock(
  query: Query,
  scope: Scope,
  runId: string,
): Promise<'taken' | 'busy' | 'locked'> {
  const lock = scope.knexLock
  const [taken] = await query<{ xmin: string }>(
    `UPDATE ${lock} SET "is_locked" = 1 WHERE (SELECT count(*) FROM ${lock}) = 1 AND "index" =
       (SELECT "index" FROM ${lock} WHERE coalesce("is_locked", 0) = 0 LIMIT 1 FOR UPDATE SKIP LOCKED)
     RETURNING xmin::text AS xmin`,
  )
  if (!taken) {
    const rows = await readKnexLock(query, scope)
    return rows.length === 1 && rows[0]?.isLocked === false ? 'busy' : 'locked'
  }
  await query(`UPDATE ${scope.bookkeeping}.runs SET knex_lock_xmin = $2 WHERE id = $1`, [runId, taken.xmin])
  return 'taken'
}

/** Whether a migration of this name is recorded, whatever its file's extension was. */
export async function isInHistory(query: Query, scope: Scope, name: string): Promise<boolean> {
  const rows = await query(
    `SELECT 1 FROM ${scope.history} WHERE regexp_replace("name", ${literal(extensionPattern)}, '') = $1 LIMIT 1`,
    [name],
  )
  return rows.length > 0
}

/** Frees it where it is still the write of this run, and nobody else's. */
export async function freeKnexLock(query: Query, scope: Scope, runId: string): Promise<void> {
  const b = scope.bookkeeping
  await query(
    `UPDATE ${scope.knexLock} SET "is_locked" = 0
     WHERE xmin::text = (SELECT knex_lock_xmin FROM ${b}.runs WHERE id = $1)`,
    [runId],
  )
  await query(`UPDATE ${b}.runs SET knex_lock_xmin = NULL WHERE id = $1`, [runId])
}

/** The number that the next batch gets, as knex counts. */
export async function nextBatch(query: Query, scope: Scope): Promise<number> {
  const [row] = await query<{ batch: number }>(
    `SELECT coalesce(max("batch"), 0) + 1 AS batch FROM ${scope.history}`,
  )
  return row?.batch ?? 1
}

/** A row as knex's CLI would have written it. */
export async function insertHistory(
  query: Query,
  scope: Scope,
  recordedAs: string,
  batch: number,
): Promise<void> {
  await query(
    `INSERT INTO ${scope.history} ("name", "batch", "migration_time") VALUES ($1, $2, clock_timestamp())`,
    [recordedAs, batch],
  )
}

/** Waits, at most as long as given, in milliseconds, until a row can be written. */
export async function waitForHistory(each: Each, scope: Scope, lockMs: number): Promise<void> {
  await each([
    `SET LOCAL lock_timeout = ${String(lockMs)}`,
    `LOCK TABLE ${scope.history} IN ROW EXCLUSIVE MODE`,
  ])
}

export interface AppliedRecord {
  readonly name: string
  readonly recordedAs: string
  readonly checksum: string | null
  readonly kind: string
  readonly origin: 'run' | 'outside' | 'resolved'
  readonly runId: string | null
  readonly durationMs: number | null
}

/** What we know of applied migrations, in one statement for a whole segment. */
export async function insertRecords(
  query: Query,
  scope: Scope,
  records: readonly AppliedRecord[],
): Promise<void> {
  if (records.length > 0) await query(insertRecordsStatement(scope, records))
}

export function insertRecordsStatement(scope: Scope, records: readonly AppliedRecord[]): string {
  return `INSERT INTO ${scope.bookkeeping}.migrations AS m (scope, name, recorded_as, checksum, kind, origin, run_id, duration_ms)
    SELECT ${literal(scope.name)}, "name", "recordedAs", "checksum", "kind", "origin", "runId", "durationMs"
    FROM jsonb_to_recordset(${literal(JSON.stringify(records))}::jsonb) AS r("name" text, "recordedAs" text,
      "checksum" text, "kind" text, "origin" text, "runId" uuid, "durationMs" integer)
    ON CONFLICT (scope, name) DO UPDATE SET recorded_as = excluded.recorded_as, checksum = excluded.checksum,
      kind = excluded.kind, origin = excluded.origin, run_id = excluded.run_id,
      duration_ms = excluded.duration_ms, accepted = NULL, applied_at = clock_timestamp()`
}

/**
 * `latest()` counts a batch for each segment; the CLI would have counted one for all. Answers which of knex's rows are not
 * there: a trigger took them away, or a migration led the search path to another table of the name.
 */
export function setBatchStatement(
  scope: Scope,
  migrations: readonly { readonly recordedAs: string }[],
  batch: number,
): string {
  const names = literal(JSON.stringify(migrations.map((migration) => migration.recordedAs)))
  const ours = `SELECT json_array_elements_text(${names}::json)`
  return `WITH mended AS (UPDATE ${scope.history} SET "batch" = ${String(batch)}
      WHERE "batch" IS DISTINCT FROM ${String(batch)} AND "name" IN (${ours}))
    SELECT json_agg(recorded_as) AS missing FROM (${ours} AS recorded_as) ours
    WHERE NOT EXISTS (SELECT FROM ${scope.history} WHERE "name" = recorded_as)`
}

/** A person accepts that an applied migration's file is gone, or that it was edited; the reason stays with it. */
export async function acceptRecord(
  query: Query,
  scope: Scope,
  name: string,
  accepted: { readonly reason: string; readonly actor: object; readonly checksum: string | null },
): Promise<void> {
  await query(
    `UPDATE ${scope.bookkeeping}.migrations SET accepted = $3::jsonb, checksum = coalesce($4, checksum)
     WHERE scope = $1 AND name = $2`,
    [scope.name, name, jsonText({ reason: accepted.reason, actor: accepted.actor }), accepted.checksum],
  )
}
