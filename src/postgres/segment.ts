import type { Knex } from 'knex'
import { keyArguments } from './lock-key.js'
import { literal } from './identifiers.js'
import { migrationName } from '../project/migration.js'
import { searchPathCommands } from './server.js'
import type { Scope } from './scope.js'
import { eachOver, type Each, type PgWire, type Query } from './session.js'
import type { Project } from '../project/project.js'

/** Milliseconds; 0: none. */
export interface SegmentTimeouts {
  readonly lockMs: number
  readonly statementMs: number
  /** `idle_in_transaction_session_timeout`: a stopped process must not hold its locks for ever. */
  readonly idleMs: number
}

export interface Segmented {
  readonly project: Project
  readonly scope: Scope
  readonly runId: string
  readonly timeouts: SegmentTimeouts
}

/** The transaction's own connection, without knex's naming and post-processing between. */
export async function eachWithin(transaction: Knex): Promise<Each> {
  const client = transaction.client as { acquireConnection(): Promise<PgWire> }
  return eachOver(await client.acquireConnection())
}

/**
 * Opens a transactional segment inside its transaction, in one message: timeouts, fence, and proof that the run is still
 * this process's. A process that was stopped and resumed finds its run closed by the successor, and writes nothing.
 */
export async function beginSegment(
  each: Each,
  { project, scope, runId, timeouts }: Segmented,
): Promise<{ readonly applied: ReadonlySet<string>; readonly knexLocked: boolean }> {
  const fence = `pg_try_advisory_xact_lock(${keyArguments(scope.fenceKey)})`
  const rows = await each([
    'SET TRANSACTION ISOLATION LEVEL READ COMMITTED',
    `SET LOCAL lock_timeout = ${String(timeouts.lockMs)}`,
    `SET LOCAL statement_timeout = ${String(timeouts.statementMs)}`,
    `SET LOCAL idle_in_transaction_session_timeout = ${String(timeouts.idleMs)}`,
    ...searchPathCommands(project),
    withoutTransactionTimeout('local'),
    `SELECT ${fence} AS fenced`,
    // Before the history is read: a CLI that holds the row commits its own rows before it lets go. Who has not got the
    // fence does not wait for it.
    `SELECT coalesce("is_locked", 0) <> 0 AS locked FROM ${scope.knexLock} WHERE ${fence} FOR UPDATE`,
    // A statement of its own: its snapshot is taken after both were.
    `SELECT (SELECT status FROM ${scope.bookkeeping}.runs WHERE id = ${literal(runId)}) AS status,
       (SELECT json_agg(name) FROM ${scope.history} WHERE name IS NOT NULL) AS history`,
  ])
  const [[fenced], locks, [row]] = rows.slice(-3) as [
    { fenced: boolean }[],
    { locked: boolean }[],
    { status: string | null; history: string[] | null }[],
  ]
  if (fenced?.fenced !== true) throw new FenceTakenError()
  if (row?.status !== 'running') throw new RunClosedError()
  return {
    applied: new Set((row.history ?? []).map(migrationName)),
    knexLocked: locks.length !== 1 || locks.some(({ locked }) => locked),
  }
}

/** PostgreSQL 17 has it; older ones do not know the name, so it is only named where they would understand. */
function withoutTransactionTimeout(reach: 'local' | 'session'): string {
  return `SELECT set_config('transaction_timeout', '0', ${String(reach === 'local')})
     WHERE current_setting('server_version_num')::int >= 170000`
}

/** Another migration's backend of this scope is still at work. */
export class FenceTakenError extends Error {
  override readonly name = 'FenceTakenError'

  constructor() {
    super('another run’s backend is still at work on this migrations table')
  }
}

/** A successor has closed this run: it was taken for dead. */
export class RunClosedError extends Error {
  override readonly name = 'RunClosedError'

  constructor() {
    super('this run was taken for dead and closed by its successor')
  }
}

/** What a session of a non-transactional migration needs, and what the server would do to it. */
export interface SessionTimeouts {
  readonly lockTimeout: string
  readonly statementTimeout: string
}

/**
 * Direct connection: takes the fence for the session, lifts the timeouts, which would leave an INVALID index, and lets the
 * server notice a dead client (PostgreSQL manual §20.3.2, §20.11).
 */
export async function beginDirectSession(query: Query, scope: Scope): Promise<boolean> {
  const [row] = await query<{ fenced: boolean }>(
    `SET lock_timeout = 0; SET statement_timeout = 0; SET client_connection_check_interval = '500ms';
     ${withoutTransactionTimeout('session')};
     SELECT pg_try_advisory_lock(${keyArguments(scope.fenceKey)}) AS fenced`,
  )
  return row?.fenced === true
}

/** A role that the migration took would not be let into the tables of the next segment; one that the hook took stays. */
export async function endDirectSession(query: Query, scope: Scope, { knexConfig }: Project): Promise<void> {
  const role = knexConfig.pool?.afterCreate === undefined ? 'RESET SESSION AUTHORIZATION; RESET ROLE;' : ''
  await query(
    `${role} RESET lock_timeout; RESET statement_timeout; RESET client_connection_check_interval;
     SELECT set_config(name, reset_val, false) FROM pg_settings WHERE name = 'transaction_timeout';
     SELECT pg_advisory_unlock(${keyArguments(scope.fenceKey)})`,
  )
}

/** Through a pooler a `SET` goes astray, so that what role and database set can only be looked at. */
export async function readSessionTimeouts(query: Query): Promise<SessionTimeouts> {
  const [row] = await query<SessionTimeouts>(
    `SELECT current_setting('lock_timeout') AS "lockTimeout", current_setting('statement_timeout') AS "statementTimeout"`,
  )
  return row ?? { lockTimeout: '0', statementTimeout: '0' }
}
