import { connect, createServer, type AddressInfo, type Socket } from 'node:net'

/** A database server's address that can be there or not. */
export interface Relay {
  /** The same database, reached through the relay. */
  readonly url: string
  /** How many connections were ever taken. */
  connections(): number
  /** From now on connections are taken and passed on. */
  open(): Promise<void>
  /**
   * From now on no byte passes through the connections that there are, and nobody is told: neither end sees it close.
   * `newOnes`: those that are taken from now on are as silent, until `thaw()`.
   */
  freeze(what?: { readonly newOnes: boolean }): void
  /** New connections are passed on again; the frozen ones stay as they are. */
  thaw(): void
  /** Cuts every connection and takes no more. */
  close(): Promise<void>
}

/** Reserves a port in front of the database at `url`; nobody listens there until `open()`. */
export async function createRelay(url: string): Promise<Relay> {
  const target = new URL(url)
  const sockets = new Set<Socket>()
  const pairs = new Set<readonly [Socket, Socket]>()
  let taken = 0
  let silent = false
  const server = createServer((near) => {
    taken += 1
    if (silent) {
      sockets.add(near.on('error', () => undefined).on('close', () => sockets.delete(near)))
      return
    }
    const far = connect(Number(target.port || 5432), target.hostname)
    for (const [socket, other] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(socket)
      socket
        .on('error', () => other.destroy())
        .on('close', () => {
          sockets.delete(socket)
          other.destroy()
        })
    }
    near.pipe(far).pipe(near)
    pairs.add([near, far])
  })
  const listen = (port: number) =>
    new Promise<void>((settle, reject) => server.once('error', reject).listen(port, '127.0.0.1', settle))
  const freeze = ({ newOnes } = { newOnes: false }) => {
    silent = newOnes
    for (const [near, far] of pairs) {
      for (const socket of [near, far])
        socket.unpipe().removeAllListeners('close').removeAllListeners('data').pause()
    }
    pairs.clear()
  }
  const close = async () => {
    const closed = new Promise((settle) => server.close(settle))
    for (const socket of sockets) socket.destroy()
    await closed
  }
  await listen(0)
  const { port } = server.address() as AddressInfo
  await close()
  const near = new URL(url)
  near.host = `127.0.0.1:${port}`
  return Object.freeze({
    url: near.href,
    connections: () => taken,
    open: () => listen(port),
    freeze,
    thaw: () => void (silent = false),
    close,
  })
}
