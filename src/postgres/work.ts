import type { Knex } from 'knex'
import type { Faults } from './faults.js'
import { markOf } from './marks.js'
import { ownKnex } from './own-knex.js'
import type { RowPipeline } from './pipelined-row.js'
import type { ServerFacts } from './server.js'
import { queryOver, type KnexClient, type PgWire, type Query } from './session.js'
import {
  createGate,
  goes,
  guard,
  idle,
  quiet,
  sealed,
  transactionOpen,
  type Gate,
  type Wire,
} from './statement-gate.js'
import type { Project } from '../project/project.js'

/** The connection on which a run's migrations are executed: one, marked, never replaced. */
export interface Work {
  readonly knex: Knex
  /** On the same connection, past knex; not while knex uses it. */
  readonly query: Query
  /** The server process, while it is this session's own; through a pooler it changes from transaction to transaction. */
  readonly direct: boolean
  /** Statements sent whose answers have not come, cursors and COPY that are not at their end. */
  inFlight(): number
  /** Resolves once no statement is in flight; the loss of the connection ends them all. */
  idle(): Promise<void>
  /** The same, with what follows from those statements. Rejects with the error of the first that failed. */
  quiet(): Promise<void>
  /** Whether the connection is known to be gone. */
  isLost(): boolean
  /** The same, also where its end comes within half a second, as it does after what a server says at last. */
  goes(): Promise<boolean>
  /** Whether a transaction is open on the connection; undefined where the driver cannot tell. */
  inTransaction(): boolean | undefined
  /** While `work` goes on, nothing may end the transaction around it. */
  withinTransaction<T>(work: () => Promise<T>): Promise<T>
  /** Whether it was ended all the same. */
  endedWithin(): boolean
  /** knex's rows of migrations, on their way together with the statement after each. */
  readonly rows: Pick<RowPipeline, 'expectRow' | 'takeUnwritten'>
  readonly faults: Readonly<Faults>
  /** Cuts the connection, on which nothing can be sent any more; `reason` is why. */
  giveUp(reason: Error): void
  /** From now on nothing is sent any more but ROLLBACK. */
  refuse(reason: unknown): void
  close(): Promise<void>
  /** Cuts the connection; what was not committed is rolled back by the server. */
  destroy(): Promise<void>
}

type AfterCreate = (connection: Wire, done: (error: unknown, connection: Wire) => void) => void

/** Opens it to the server of which `facts` tell. Rejects with the driver's error. */
export async function openWork(
  project: Project,
  runId: string,
  facts: Pick<ServerFacts, 'version'>,
): Promise<Work> {
  const gate = createGate(markOf(runId))
  let wire: Wire | undefined
  let rows: RowPipeline | undefined
  const userHook = project.knexConfig.pool?.afterCreate as AfterCreate | undefined
  const pool = {
    afterCreate: (created: Wire, done: Parameters<AfterCreate>[1]) => {
      if (wire) {
        done(new Error('connection lost: that of this run has ended, and it is not replaced'), created)
        return
      }
      wire = created
      rows = guard(created, gate)
      if (userHook) userHook(created, done)
      else done(null, created)
    },
  }
  const knex = await ownKnex(project, 'sallyport run', pool, facts.version)
  try {
    await connect(knex)
    return await workOver(knex, wire as unknown as Wire & PgWire, gate, rows as unknown as RowPipeline)
  } catch (error) {
    await end(knex, wire, 0)
    throw error
  }
}

/** Without a statement: what is to be known of it is asked in one. */
async function connect(knex: Knex): Promise<void> {
  const pool = knex.client as KnexClient
  await pool.releaseConnection(await pool.acquireConnection())
}

async function workOver(knex: Knex, wire: Wire & PgWire, gate: Gate, rows: RowPipeline): Promise<Work> {
  const query = queryOver(wire)
  // A role's timeout may be shorter than the wait for what a dead predecessor left; a pooler opens another session by itself.
  const [row] = await query<{ direct: boolean; readOnly: boolean }>(
    `SELECT direct, current_setting('transaction_read_only') = 'on' AS "readOnly",
       CASE WHEN direct THEN set_config('idle_session_timeout', '0', false) END
     FROM (SELECT pg_backend_pid() = ${String(wire.processID)} AS direct) own`,
  )
  if (row?.readOnly === true) throw new ReadOnlyError()
  const direct = row?.direct === true
  return Object.freeze({
    knex,
    query,
    direct,
    inFlight: () => gate.inFlight + gate.streams,
    idle: () => idle(gate),
    quiet: () => quiet(gate),
    isLost: () => gate.lost,
    goes: () => goes(gate),
    inTransaction: () => transactionOpen(wire),
    withinTransaction: <T>(within: () => Promise<T>) => sealed(wire, gate, within),
    endedWithin: () => gate.ended,
    rows,
    faults: gate.faults,
    giveUp: (reason: Error) => {
      gate.faults.givenUp ??= reason
      wire.connection.stream.destroy()
    },
    refuse: (reason: unknown) => {
      gate.refused ??= { reason }
    },
    close: () => end(knex, wire, 1_000),
    destroy: () => end(knex, wire, 0),
  })
}

/** The session may not write: a standby, or `default_transaction_read_only`; found before anything is written. */
export class ReadOnlyError extends Error {
  override readonly name = 'ReadOnlyError'
  readonly severity = 'ERROR'
  readonly code = '25006'

  constructor() {
    super('the session is read-only')
  }
}

/** A transaction that a migration left open would keep the pool from closing, hence the bound on both. */
async function end(knex: Knex, wire: Wire | undefined, graceMs: number): Promise<void> {
  const cut = setTimeout(() => wire?.connection.stream.destroy(), graceMs)
  const bound = new Promise<void>((resolve) => setTimeout(resolve, graceMs + 1_000).unref())
  await Promise.race([knex.destroy().catch(() => undefined), bound])
  clearTimeout(cut)
  wire?.connection.stream.destroy()
}
