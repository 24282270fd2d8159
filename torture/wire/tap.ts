import { createConnection, createServer, type Server, type Socket } from 'node:net'

import { conversation, type Cutter, type Message } from './framing.js'

/** When the trap springs: around which message of this tap, counted from 1 over all its connections and directions. */
export interface Trap {
  readonly message: number
  readonly when: 'before' | 'after'
  /** Nothing moves in either direction until this has settled. `sever`: and nothing ever moves again. */
  readonly spring: () => Promise<'sever' | 'resume'>
}

/** A proxy that counts the messages which pass it, and can act exactly between two of them. */
export interface Tap {
  readonly port: number
  /** Messages so far. */
  count(): number
  /** Settles with the first message. */
  readonly touched: Promise<void>
  /** Milliseconds from the first to the latest message. */
  span(): number
  close(): Promise<void>
}

interface Traffic {
  count: number
  first: number
  last: number
  /** Whoever wants to pass waits for it; a sprung trap puts its own work here. */
  gate: Promise<'sever' | 'resume'>
  readonly trap: Trap | undefined
  readonly touch: () => void
}

/** Listens on a free loopback port and forwards to `upstreamPort`. */
export async function openTap(upstreamPort: number, trap?: Trap): Promise<Tap> {
  let touch = (): void => undefined
  const touched = new Promise<void>((resolve) => (touch = resolve))
  const traffic: Traffic = { count: 0, first: 0, last: 0, gate: Promise.resolve('resume'), trap, touch }
  const sockets = new Set<Socket>()
  const server = createServer((client) => {
    const upstream = createConnection({ host: '127.0.0.1', port: upstreamPort })
    for (const socket of [client, upstream]) {
      sockets.add(socket.setNoDelay(true))
      socket.once('close', () => sockets.delete(socket))
    }
    const { client: asked, server: answered } = conversation()
    void pump(client, upstream, asked, traffic)
    void pump(upstream, client, answered, traffic)
  })
  const port = await listen(server)
  return Object.freeze({
    port,
    count: () => traffic.count,
    touched,
    span: () => traffic.last - traffic.first,
    async close() {
      const closed = new Promise((resolve) => server.close(resolve))
      for (const socket of sockets) socket.destroy()
      await closed
    },
  })
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

/** One direction. The end of either side is passed on to the other, as a kernel would for a process that died. */
async function pump(from: Socket, to: Socket, cutter: Cutter, traffic: Traffic): Promise<void> {
  // its error ends the pump that reads from it, and that one ends this side in order
  to.on('error', () => undefined)
  try {
    for await (const chunk of from) {
      for (const message of cutter.push(chunk as Buffer)) await pass(message, to, traffic)
    }
    to.end()
  } catch {
    // an orderly end, not a reset: a reset could make the server drop what it has received but not yet read
    to.end()
    from.destroy()
  }
}

async function pass(message: Message, to: Socket, traffic: Traffic): Promise<void> {
  await opened(traffic)
  traffic.count += 1
  traffic.last = Date.now()
  if (traffic.count === 1) {
    traffic.first = traffic.last
    traffic.touch()
  }
  const sprung = traffic.trap?.message === traffic.count ? traffic.trap : undefined
  if (sprung?.when === 'before') {
    traffic.gate = sprung.spring()
    await opened(traffic)
  }
  if (to.destroyed) return
  const flushed = new Promise<void>((resolve) => to.write(message.bytes, () => resolve()))
  if (sprung?.when === 'after') {
    // in the same turn as the write: no other message can slip in between
    traffic.gate = flushed.then(() => sprung.spring())
    await opened(traffic)
  } else if (to.writableNeedDrain) await flushed
}

/** Waits at the gate; again, where a trap has sprung while this one waited. Throws once the line is severed. */
async function opened(traffic: Traffic): Promise<void> {
  for (let seen: Traffic['gate'] | undefined; seen !== traffic.gate;) {
    seen = traffic.gate
    if ((await seen) === 'sever') throw new Error('severed')
  }
}
