import { connect, type Socket } from 'node:net'

/** A request as it goes over the wire, and how often. */
export interface Load {
  readonly port: number
  /** The whole head and body. */
  readonly request: string
  readonly connections: number
  /** Milliseconds. */
  readonly forMs: number
  /** What every answer must begin with. */
  readonly status: number
}

/** A request without a body. */
export function requestOf(
  method: string,
  path: string,
  headers: Readonly<Record<string, string>> = {},
): string {
  const lines = Object.entries({ Host: '127.0.0.1', ...headers }).map(
    ([name, value]) => `${name}: ${value}\r\n`,
  )
  return `${method} ${path} HTTP/1.1\r\n${lines.join('')}\r\n`
}

/**
 * Requests a second. Each connection sends the next request when it has the answer. Raw sockets, since an HTTP client
 * of Node's costs more than the servers that it would measure. Rejects on an answer of another status.
 */
export async function throughput(load: Load): Promise<number> {
  const until = performance.now() + load.forMs
  const startedAt = performance.now()
  const counts = await Promise.all(Array.from({ length: load.connections }, () => keepAsking(load, until)))
  return (counts.reduce((sum, count) => sum + count, 0) / (performance.now() - startedAt)) * 1000
}

/** How many answers one caller got; connects again where the server has closed. */
async function keepAsking(load: Load, until: number): Promise<number> {
  let answered = 0
  while (performance.now() < until) answered += await overOneConnection(load, () => performance.now() < until)
  return answered
}

/** Milliseconds of one request on a connection that is kept for the next ones. */
export interface Caller {
  once(): Promise<number>
  close(): void
}

/** Connects a caller whose requests follow one another. */
export async function openCaller({
  port,
  request,
  status,
}: Omit<Load, 'connections' | 'forMs'>): Promise<Caller> {
  const socket = await connected(port)
  const answers = answerReader(status)
  return Object.freeze({
    once: () =>
      new Promise<number>((resolve, reject) => {
        const startedAt = performance.now()
        const gone = (): void => reject(new Error('the connection was closed'))
        if (socket.destroyed) {
          gone()
          return
        }
        socket.once('close', gone)
        const read = (chunk: Buffer): void => {
          if (answers(chunk) === 0) return
          socket.off('data', read).off('close', gone)
          resolve(performance.now() - startedAt)
        }
        socket.on('data', read)
        socket.write(request)
      }),
    close: () => socket.destroy(),
  })
}

async function overOneConnection(load: Load, more: () => boolean): Promise<number> {
  const socket = await connected(load.port)
  const answers = answerReader(load.status)
  let answered = 0
  return new Promise((resolve, reject) => {
    socket.on('data', (chunk: Buffer) => {
      try {
        const complete = answers(chunk)
        answered += complete
        if (complete > 0 && more()) socket.write(load.request)
        else if (complete > 0) socket.destroy()
      } catch (cause) {
        reject(new Error('an answer that was not expected', { cause }))
        socket.destroy()
      }
    })
    socket.once('close', () => resolve(answered))
    socket.write(load.request)
  })
}

async function connected(port: number): Promise<Socket> {
  const socket = connect({ host: '127.0.0.1', port, noDelay: true })
  socket.on('error', () => undefined)
  await new Promise<void>((resolve, reject) => socket.once('connect', resolve).once('error', reject))
  return socket
}

const headEnd = Buffer.from('\r\n\r\n')

/** Tells how many answers are complete with each chunk. Bodies have a `Content-Length`. */
function answerReader(status: number): (chunk: Buffer) => number {
  let rest: Buffer = Buffer.alloc(0)
  return (chunk) => {
    rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk])
    let complete = 0
    for (;;) {
      const end = rest.indexOf(headEnd)
      if (end === -1) return complete
      const head = rest.toString('latin1', 0, end)
      const length = Number(/\r\ncontent-length: *(\d+)/i.exec(head)?.[1] ?? 0)
      if (rest.length < end + headEnd.length + length) return complete
      if (Number(head.slice(9, 12)) !== status)
        throw new Error(`not ${status}, but: ${rest.toString('utf8')}`)
      rest = rest.subarray(end + headEnd.length + length)
      complete += 1
    }
  }
}
