import { setImmediate as nextTurn, setTimeout as after } from 'node:timers/promises'
import { keepElapsed, keepMessage } from './errors.js'
import { forgetTransaction, noFaults, type Faults } from './faults.js'
import { createRowPipeline, type PipelinedWire, type RowPipeline } from './pipelined-row.js'
import { countedStream, isSubmittable } from './streams.js'
import { endsTransaction } from './transaction-end.js'

/** As much of pg's client as is used. */
export interface Wire extends PipelinedWire {
  query(...args: unknown[]): unknown
  on(event: 'error' | 'end', listener: () => void): unknown
  readonly processID: number
  /** Of pg 8.17 and newer. */
  getTransactionStatus?(): string | null
  readonly connection: { readonly stream: { destroy(): void; cork(): void; uncork(): void } }
}

/** What is between a run's connection and whoever sends statements through it. */
export interface Gate {
  readonly mark: string
  refused: { readonly reason: unknown } | undefined
  sealed: boolean
  lost: boolean
  /** A transaction was ended by what ran within it. */
  ended: boolean
  inFlight: number
  /** Cursors and COPY under way, which end only when somebody reads or writes them to their end. */
  streams: number
  onIdle: (() => void)[]
  onLost: (() => void)[]
  /** Told of each statement that failed. */
  onFailure: (error: unknown) => void
  readonly faults: Faults
}

export function createGate(mark: string): Gate {
  return {
    mark,
    refused: undefined,
    sealed: false,
    lost: false,
    ended: false,
    inFlight: 0,
    streams: 0,
    onIdle: [],
    onLost: [],
    onFailure: () => undefined,
    faults: noFaults(),
  }
}

/** Resolves once no statement is in flight. */
export function idle(gate: Gate): Promise<void> {
  if (gate.inFlight === 0) return Promise.resolve()
  return new Promise((resolve) => gate.onIdle.push(resolve))
}

/** Resolves once no statement is in flight and none follows from one that was; rejects with the first that failed. */
export async function quiet(gate: Gate): Promise<void> {
  const failures: unknown[] = []
  gate.onFailure = (error) => failures.push(error)
  while (gate.inFlight > 0) {
    await idle(gate)
    // knex sends a statement some promises after it was asked to: a turn of the event loop later all are on their way.
    await nextTurn()
  }
  gate.onFailure = () => undefined
  if (failures.length > 0) throw failures[0]
}

/** Milliseconds in which the end of a connection follows what the server said at last. */
const lastWordsMs = 500

/** Whether the connection is gone, or goes now. */
export async function goes(gate: Gate): Promise<boolean> {
  if (gate.lost) return true
  await Promise.race([new Promise<void>((resolve) => gate.onLost.push(resolve)), after(lastWordsMs)])
  return gate.lost
}

/** Undefined where the driver cannot tell. */
export function transactionOpen(wire: Wire): boolean | undefined {
  const status = wire.getTransactionStatus?.()
  return typeof status === 'string' ? status !== 'I' : undefined
}

/** While `within` goes on, nothing may end the transaction around it. */
export async function sealed<T>(wire: Wire, gate: Gate, within: () => Promise<T>): Promise<T> {
  gate.sealed = true
  try {
    const result = await within()
    if (transactionOpen(wire) === false) throw new TransactionEndedError()
    return result
  } finally {
    // What the migration throws then may be anything, also of what the server said to a savepoint that is gone: hence a note.
    if (transactionOpen(wire) === false && !gate.lost) gate.ended = true
    gate.sealed = false
  }
}

/** A migration got past the guard: what it did before is committed, and it is not recorded. */
export class TransactionEndedError extends Error {
  override readonly name = 'TransactionEndedError'

  constructor(cause?: unknown) {
    super('it ended the transaction that it was given', cause === undefined ? undefined : { cause })
  }
}

const sealedReason = new Error(
  'a migration may not end the transaction that it was given; give it config.transaction = false if it needs none',
)

/** Every statement goes through here: marked, counted, and refused once the run was ended. */
export function guard(wire: Wire, gate: Gate): RowPipeline {
  const send = wire.query.bind(wire)
  const rows = createRowPipeline(wire, ([first, ...rest]) =>
    isSubmittable(first) ? send(countedStream(first, gate), ...rest) : counted(send, [first, ...rest], gate),
  )
  const lost = (): void => {
    gate.lost = true
    for (const resolve of gate.onLost.splice(0)) resolve()
  }
  for (const event of ['error', 'end'] as const) wire.on(event, lost)
  wire.query = (...args: unknown[]) => {
    const text = textOf(args[0])
    if (gate.refused && !/^\s*rollback/i.test(text)) return refuse(args, gate.refused.reason)
    if (gate.sealed && endsTransaction(text)) return refuse(args, sealedReason)
    // Whatever came now would be committed at once, statement by statement.
    if (gate.sealed && transactionOpen(wire) === false) return refuse(args, sealedReason)
    if (/^\s*(?:begin|rollback\s+to)\b/i.test(text)) forgetTransaction(gate.faults)
    const [first, ...rest] = args
    return rows.query([marked(first, gate.mark), ...rest])
  }
  return rows
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

/** Each time by an error of its own: knex writes the refused statement into the message of the one that it gets. */
function refuse(args: readonly unknown[], reason: unknown): Promise<never> | undefined {
  const error = new Error(reason instanceof Error ? reason.message : 'the run was ended', { cause: reason })
  keepMessage(error)
  const callback = args.at(-1)
  if (!isCallback(callback)) return Promise.reject(error)
  process.nextTick(callback, error)
  return undefined
}

function counted(send: Wire['query'], args: unknown[], gate: Gate): unknown {
  gate.inFlight += 1
  const sentAt = performance.now()
  const answered = (error?: unknown): void => {
    keepMessage(error)
    keepElapsed(error, performance.now() - sentAt)
    if (error) gate.onFailure(error)
    gate.faults.abortedBy ??= error
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
