import { createConnection, createServer, type Server, type Socket } from 'node:net'

import { conversation, type Cutter, type Message } from '../../torture/wire/framing.js'

/** What passed between clients and one PostgreSQL. */
export interface Counts {
  /** How often a client had to wait until all that it had asked was answered. The handshake of a connection is one. */
  readonly roundTrips: number
  readonly connections: number
  /** Texts of simple queries and of prepared statements each time they are executed, in the order in which they were sent. */
  readonly statements: readonly string[]
}

/** A proxy that counts; put the port in place of the server's. */
export interface Meter {
  readonly port: number
  /** Since the last `reset`. */
  counts(): Counts
  reset(): void
  close(): Promise<void>
}

interface Tally {
  roundTrips: number
  connections: number
  statements: string[]
}

/** Listens on a free loopback port and forwards to `upstreamPort`. */
export async function openMeter(upstreamPort: number): Promise<Meter> {
  const none = (): Tally => ({ roundTrips: 0, connections: 0, statements: [] })
  const held: { tally: Tally } = { tally: none() }
  const sockets = new Set<Socket>()
  const server = createServer((client) => {
    held.tally.connections += 1
    const upstream = createConnection({ host: '127.0.0.1', port: upstreamPort })
    for (const socket of [client, upstream]) {
      sockets.add(socket.setNoDelay(true))
      socket.once('close', () => sockets.delete(socket)).on('error', () => undefined)
    }
    const { client: asked, server: answered } = conversation()
    const line: Line = { prepared: new Map(), unanswered: 1 }
    forward(client, upstream, asked, (message) => noteAsked(message, held.tally, line))
    forward(upstream, client, answered, (message) => noteAnswered(message, held.tally, line))
  })
  const port = await listen(server)
  return Object.freeze({
    port,
    counts: () => ({ ...held.tally, statements: [...held.tally.statements] }),
    reset: () => {
      held.tally = none()
    },
    close: async () => {
      const closed = new Promise((resolve) => server.close(resolve))
      for (const socket of sockets) socket.destroy()
      await closed
    },
  })
}

/** Counted before it is passed on, so that who has the answer finds it counted. */
function forward(from: Socket, to: Socket, cutter: Cutter, note: (message: Message) => void): void {
  from.on('data', (chunk: Buffer) => {
    for (const message of cutter.push(chunk)) note(message)
    to.write(chunk)
  })
  from.once('close', () => to.end())
}

/** Where what a message says begins: after its type and its length. */
const bodyAt = 5

/** What is known of one connection. */
interface Line {
  /** Its statements by their names. */
  readonly prepared: Map<string, string>
  /** What was asked and is not answered yet up to "ready for query", the handshake first. */
  unanswered: number
}

/** Manual, "Message Formats". */
function noteAsked({ type, bytes }: Message, tally: Tally, line: Line): void {
  const [first, second] = [stringAt(bytes, bodyAt), () => stringAt(bytes, bytes.indexOf(0, bodyAt) + 1)]
  if (type === 'Q') tally.statements.push(first)
  // Parse: the statement's name, its text. Bind: the portal's name, the statement's.
  if (type === 'P') line.prepared.set(first, second())
  if (type === 'B') tally.statements.push(line.prepared.get(second()) ?? '')
  // Query and Sync are what the server gets ready after.
  if (type === 'Q' || type === 'S') line.unanswered += 1
}

function stringAt(bytes: Buffer, start: number): string {
  return bytes.toString('utf8', start, bytes.indexOf(0, start))
}

function noteAnswered({ type }: Message, tally: Tally, line: Line): void {
  if (type !== 'Z') return
  line.unanswered -= 1
  if (line.unanswered === 0) tally.roundTrips += 1
}

function listen(server: Server): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      if (address && typeof address === 'object') resolve(address.port)
    })
  })
}
