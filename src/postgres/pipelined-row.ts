import { isSubmittable } from './streams.js'

/** What pg's client has of pipelining (8.23 and newer; libpq's is described in the PostgreSQL manual, §34.5). */
export interface PipelinedWire {
  pipeline?: boolean
  readonly connectionParameters?: { readonly query_timeout?: unknown }
  readonly connection: { readonly stream: { cork(): void; uncork(): void } }
}

/** knex's row of a migration that could not be written, and of which migration. */
export interface UnwrittenRow {
  readonly recordedAs: string
  readonly error: unknown
}

/**
 * Sends the row that knex writes after a migration together with the statement after it, so that a migration costs one
 * round trip instead of two. The order of the statements stays, and with it what each of them sees: only knex, which makes
 * no use of the answer, gets it at once. Where the driver cannot, each is sent by itself.
 */
export interface RowPipeline {
  /** The statement that comes next is knex's row of this migration. Only within a transaction. */
  expectRow(recordedAs: string): void
  /** In place of the client's `query`. */
  query(args: readonly unknown[]): unknown
  /** The row that failed since this was asked last, whose error the statements after it got none of. */
  takeUnwritten(): UnwrittenRow | undefined
}

type Send = (args: readonly unknown[]) => unknown

interface Held {
  readonly recordedAs: string
  readonly config: unknown
}

export function createRowPipeline(wire: PipelinedWire, send: Send): RowPipeline {
  const pair = createPair(wire, send)
  let expected: string | undefined
  let held: Held | undefined
  let unwritten: UnwrittenRow | undefined
  const rowOf = ({ config, recordedAs }: Held): readonly unknown[] => [
    config,
    (error: unknown) => void (unwritten ??= error ? { recordedAs, error } : undefined),
  ]
  const afterRow = (row: Held, args: readonly unknown[]): unknown => {
    if (fitsBehind(args[0])) return pair.send(rowOf(row), args)
    send(rowOf(row))
    return send(args)
  }
  return {
    expectRow: (recordedAs) => {
      expected = canPipeline(wire) ? recordedAs : undefined
    },
    query: (args) => {
      if (pair.isUnderWay()) return pair.wait(args)
      const recordedAs = expected
      expected = undefined
      // Behind one that is still held it goes like any other statement: a migration may have sent none.
      if (recordedAs !== undefined && held === undefined && isRowOf(recordedAs, args)) {
        held = { recordedAs, config: args[0] }
        process.nextTick(args.at(-1) as Callback, null, written)
        return undefined
      }
      const row = held
      held = undefined
      return row === undefined || isRollback(args[0]) ? send(args) : afterRow(row, args)
    },
    takeUnwritten: () => {
      const taken = unwritten
      unwritten = undefined
      return taken
    },
  }
}

/** Two statements at once; what comes while they are on their way is sent after them. */
function createPair(wire: PipelinedWire, send: Send) {
  let waiting: (() => void)[] | undefined
  const over = (): void => {
    wire.pipeline = false
    const later = waiting ?? []
    waiting = undefined
    for (const go of later) go()
  }
  return {
    isUnderWay: () => waiting !== undefined,
    wait: (args: readonly unknown[]): unknown => deferred((go) => waiting?.push(go), args, send),
    send: (first: readonly unknown[], second: readonly unknown[]): unknown => {
      const { stream } = wire.connection
      waiting = []
      wire.pipeline = true
      stream.cork()
      try {
        send(first)
        return sendThen(send, second, over)
      } finally {
        stream.uncork()
      }
    },
  }
}

type Callback = (error: unknown, result?: unknown) => void

/** What pg answers to an INSERT. */
const written = Object.freeze({ command: 'INSERT', rowCount: 1, oid: 0, rows: [], fields: [] })

/** One that gives up a statement by itself destroys the connection when others are on their way. */
function canPipeline({ pipeline, connectionParameters }: PipelinedWire): boolean {
  return typeof pipeline === 'boolean' && !connectionParameters?.query_timeout
}

function isRowOf(recordedAs: string, args: readonly unknown[]): boolean {
  const { text, values } = args[0] as { readonly text?: unknown; readonly values?: unknown }
  const isInsert = typeof text === 'string' && /(?:^|\*\/ )insert into /i.test(text)
  return isInsert && Array.isArray(values) && values.includes(recordedAs) && typeof args.at(-1) === 'function'
}

function isRollback(first: unknown): boolean {
  const text = typeof first === 'string' ? first : (first as { readonly text?: unknown }).text
  return typeof text === 'string' && /(?:^|\*\/ )\s*rollback;?\s*$/i.test(text)
}

/** A cursor is answered out of a portal, which what is sent behind it would share. */
function fitsBehind(first: unknown): boolean {
  const { rows, query_timeout: timeout } = first as { rows?: unknown; query_timeout?: unknown }
  return !isSubmittable(first) && rows === undefined && timeout === undefined
}

/** `then` is called once it is answered, before whoever asked is. */
function sendThen(send: Send, args: readonly unknown[], then: () => void): unknown {
  const callback = args.at(-1)
  if (typeof callback === 'function') {
    return send([
      ...args.slice(0, -1),
      (...results: Parameters<Callback>) => {
        then()
        ;(callback as Callback)(...results)
      },
    ])
  }
  const sent = send(args) as Promise<unknown>
  void sent.then(then, then)
  return sent
}

/** Sent once the two before it are answered, in the form in which it was asked. */
function deferred(later: (go: () => void) => void, args: readonly unknown[], send: Send): unknown {
  const [first] = args
  if (isSubmittable(first) || typeof args.at(-1) === 'function') {
    later(() => void send(args))
    return isSubmittable(first) ? first : undefined
  }
  return new Promise((resolve, reject) => {
    later(() => void (send(args) as Promise<unknown>).then(resolve, reject))
  })
}
