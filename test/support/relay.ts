import { connect, createServer, type AddressInfo, type Socket } from 'node:net'

/** A database server's address that can be there or not. */
export interface Relay {
  /** The same database, reached through the relay. */
  readonly url: string
  /** How many connections were ever taken. */
  connections(): number
  /** From now on connections are taken and passed on. */
  open(): Promise<void>
  /** Cuts every connection and takes no more. */
  close(): Promise<void>
}

/** Reserves a port in front of the database at `url`; nobody listens there until `open()`. */
export async function createRelay(url: string): Promise<Relay> {
  const target = new URL(url)
  const sockets = new Set<Socket>()
  let taken = 0
  const server = createServer((near) => {
    taken += 1
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
  })
  const listen = (port: number) =>
    new Promise<void>((settle, reject) => server.once('error', reject).listen(port, '127.0.0.1', settle))
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
  return Object.freeze({ url: near.href, connections: () => taken, open: () => listen(port), close })
}
