import type { Knex } from 'knex'
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
  /** From now on nothing is sent any more but ROLLBACK. */
  refuse(reason: unknown): void
  close(): Promise<void>
  /** Cuts the connection; what was not committed is rolled back by the server. */
  destroy(): Promise<void>
}

interface Wire {
  query(...args: unknown[]): unknown
  readonly processID: number
  readonly connection: { readonly stream: { destroy(): void } }
}

type AfterCreate = (connection: Wire, done: (error: unknown, connection: Wire) => void) => void

/** Opens it. Rejects with the driver's error. */
export async function openWork(project: Project, runId: string): Promise<Work> {
  const gate: Gate = { mark: markOf(runId), refused: undefined, inFlight: 0 }
  let wire: Wire | undefined
  const userHook = project.knexConfig.pool?.afterCreate as AfterCreate | undefined
  const knex = ownKnex(project, 'sallyport run', {
    afterCreate: (created: Wire, done: Parameters<AfterCreate>[1]) => {
      if (wire) {
        done(new Error('the connection of this run was lost and is not replaced'), created)
        return
      }
      wire = created
      guard(created, gate)
      if (userHook) userHook(created, done)
      else done(null, created)
    },
  })
  try {
    const { rows } = await knex.raw<{ rows: { pid: number }[] }>('SELECT pg_backend_pid() AS pid')
    const direct = rows[0]?.pid === wire?.processID
    return Object.freeze({
      knex,
      query: queryOver(wire as unknown as PgWire),
      direct,
      inFlight: () => gate.inFlight,
      refuse: (reason: unknown) => {
        gate.refused ??= { reason }
      },
      close: () => end(knex, wire, 1_000),
      destroy: () => end(knex, wire, 0),
    })
  } catch (error) {
    await end(knex, wire, 0)
    throw error
  }
}

interface Gate {
  readonly mark: string
  refused: { readonly reason: unknown } | undefined
  inFlight: number
}

/** Every statement goes through here: marked, counted, and refused once the run was ended. */
function guard(wire: Wire, gate: Gate): void {
  const send = wire.query.bind(wire)
  wire.query = (...args: unknown[]) => {
    const text = textOf(args[0])
    if (gate.refused && !/^\s*rollback/i.test(text)) return refuse(args, gate.refused.reason)
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
  const answered = (): void => {
    gate.inFlight -= 1
  }
  const callback = args.at(-1)
  if (isCallback(callback)) {
    return send(...args.slice(0, -1), (...results: unknown[]) => {
      answered()
      callback(...results)
    })
  }
  const sent = send(...args)
  if (sent instanceof Promise) void sent.then(answered, answered)
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
