import type { Knex } from 'knex'
import { keepMessage } from './errors.js'
import { markOf } from './marks.js'
import { ownKnex, queryOver, type PgWire, type Query } from './session.js'
import type { Project } from '../project/project.js'

/** The connection on which a run's migrations are executed: one, marked, never replaced. */
export interface Work {
  readonly knex: Knex
  /** On the same connection, past knex; not while knex uses it. */
  readonly query: Query
  /** The server process, while it is this session's own; through a pooler it changes from transaction to transaction. */
  readonly direct: boolean
  /** Statements sent whose answers have not come. */
  inFlight(): number
  /** Resolves once no statement is in flight; the loss of the connection ends them all. */
  idle(): Promise<void>
  /** Whether the connection is known to be gone. */
  isLost(): boolean
  /** Whether a transaction is open on the connection; undefined where the driver cannot tell. */
  inTransaction(): boolean | undefined
  /** While `work` goes on, nothing may end the transaction around it. */
  withinTransaction<T>(work: () => Promise<T>): Promise<T>
  /** From now on nothing is sent any more but ROLLBACK. */
  refuse(reason: unknown): void
  close(): Promise<void>
  /** Cuts the connection; what was not committed is rolled back by the server. */
  destroy(): Promise<void>
}

interface Wire {
  query(...args: unknown[]): unknown
  on(event: 'error' | 'end', listener: () => void): unknown
  readonly processID: number
  /** Of pg 8.17 and newer. */
  getTransactionStatus?(): string | null
  readonly connection: { readonly stream: { destroy(): void } }
}

type AfterCreate = (connection: Wire, done: (error: unknown, connection: Wire) => void) => void

/** Opens it. Rejects with the driver's error. */
export async function openWork(project: Project, runId: string): Promise<Work> {
  const gate: Gate = {
    mark: markOf(runId),
    refused: undefined,
    sealed: false,
    lost: false,
    inFlight: 0,
    onIdle: [],
  }
  let wire: Wire | undefined
  const userHook = project.knexConfig.pool?.afterCreate as AfterCreate | undefined
  const knex = ownKnex(project, 'sallyport run', {
    afterCreate: (created: Wire, done: Parameters<AfterCreate>[1]) => {
      if (wire) {
        done(new Error('connection lost: that of this run has ended, and it is not replaced'), created)
        return
      }
      wire = created
      guard(created, gate)
      if (userHook) userHook(created, done)
      else done(null, created)
    },
  })
  try {
    await knex.raw('SELECT 1')
    return await workOver(knex, wire as unknown as Wire & PgWire, gate)
  } catch (error) {
    await end(knex, wire, 0)
    throw error
  }
}

async function workOver(knex: Knex, wire: Wire & PgWire, gate: Gate): Promise<Work> {
  const query = queryOver(wire)
  const [row] = await query<{ pid: number }>('SELECT pg_backend_pid() AS pid')
  return Object.freeze({
    knex,
    query,
    direct: row?.pid === wire.processID,
    inFlight: () => gate.inFlight,
    idle: () => idle(gate),
    isLost: () => gate.lost,
    inTransaction: () => transactionOpen(wire),
    withinTransaction: <T>(within: () => Promise<T>) => sealed(gate, within),
    refuse: (reason: unknown) => {
      gate.refused ??= { reason }
    },
    close: () => end(knex, wire, 1_000),
    destroy: () => end(knex, wire, 0),
  })
}

interface Gate {
  readonly mark: string
  refused: { readonly reason: unknown } | undefined
  sealed: boolean
  lost: boolean
  inFlight: number
  onIdle: (() => void)[]
}

function idle(gate: Gate): Promise<void> {
  if (gate.inFlight === 0) return Promise.resolve()
  return new Promise((resolve) => gate.onIdle.push(resolve))
}

function transactionOpen(wire: Wire): boolean | undefined {
  const status = wire.getTransactionStatus?.()
  return typeof status === 'string' ? status !== 'I' : undefined
}

async function sealed<T>(gate: Gate, within: () => Promise<T>): Promise<T> {
  gate.sealed = true
  try {
    return await within()
  } finally {
    gate.sealed = false
  }
}

/** Ends a transaction; not RELEASE and ROLLBACK TO, by which knex ends a nested one. */
const endsTransaction = /^\s*(?:commit|end|abort|prepare\s+transaction|rollback(?!(?:\s+\w+)?\s+to\b))\b/i
const sealedError = new Error(
  'a migration may not end the transaction that it was given; give it config.transaction = false if it needs none',
)

/** Every statement goes through here: marked, counted, and refused once the run was ended. */
function guard(wire: Wire, gate: Gate): void {
  const send = wire.query.bind(wire)
  for (const event of ['error', 'end'] as const) wire.on(event, () => (gate.lost = true))
  wire.query = (...args: unknown[]) => {
    const text = textOf(args[0])
    if (gate.refused && !/^\s*rollback/i.test(text)) return refuse(args, gate.refused.reason)
    if (gate.sealed && endsTransaction.test(text)) return refuse(args, sealedError)
    const [first, ...rest] = args
    return counted(send, [marked(first, gate.mark), ...rest], gate)
  }
}

function textOf(first: unknown): string {
  return typeof first === 'string' ? first : ((first as { text?: string }).text ?? '')
}

function marked(first: unknown, mark: string): unknown {
  if (typeof first === 'string') return mark + first
  const config = first as { text?: string; cursor?: { text?: string } }
  if (typeof config.text === 'string') config.text = mark + config.text
  if (typeof config.cursor?.text === 'string') config.cursor.text = mark + config.cursor.text
  return config
}

function refuse(args: readonly unknown[], reason: unknown): Promise<never> | undefined {
  const error = reason instanceof Error ? reason : new Error('the run was ended')
  const callback = args.at(-1)
  if (!isCallback(callback)) return Promise.reject(error)
  process.nextTick(callback, error)
  return undefined
}

function counted(send: Wire['query'], args: unknown[], gate: Gate): unknown {
  gate.inFlight += 1
  const answered = (error?: unknown): void => {
    keepMessage(error)
    gate.inFlight -= 1
    if (gate.inFlight === 0) for (const resolve of gate.onIdle.splice(0)) resolve()
  }
  const callback = args.at(-1)
  if (isCallback(callback)) {
    return send(...args.slice(0, -1), (...results: unknown[]) => {
      answered(results[0])
      callback(...results)
    })
  }
  const sent = send(...args)
  if (sent instanceof Promise) void sent.then(() => answered(), answered)
  else answered()
  return sent
}

function isCallback(last: unknown): last is (...results: unknown[]) => void {
  return typeof last === 'function'
}

/** A transaction that a migration left open would keep the pool from closing, hence the bound on both. */
async function end(knex: Knex, wire: Wire | undefined, graceMs: number): Promise<void> {
  const cut = setTimeout(() => wire?.connection.stream.destroy(), graceMs)
  const bound = new Promise<void>((resolve) => setTimeout(resolve, graceMs + 1_000).unref())
  await Promise.race([knex.destroy().catch(() => undefined), bound])
  clearTimeout(cut)
  wire?.connection.stream.destroy()
}
