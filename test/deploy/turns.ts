import { connect, createServer, type AddressInfo } from 'node:net'

/** One address in front of several servers, which take connections in turn. */
export interface Turns {
  readonly url: string
  /** From now on these take them. */
  to(...servers: readonly string[]): void
  /** Ends every connection there is. */
  cut(): void
  close(): Promise<void>
}

/** Listens on a free port; each connection goes to the next of `servers`, URLs on this machine. */
export async function inTurns(...servers: readonly string[]): Promise<Turns> {
  let backends = servers
  let turn = 0
  const ends = new Set<() => void>()
  const server = createServer((near) => {
    const { port, hostname } = new URL(backends[turn++ % backends.length] ?? '')
    const far = connect(Number(port), hostname)
    const end = () => {
      near.destroy()
      far.destroy()
      ends.delete(end)
    }
    ends.add(end)
    for (const socket of [near, far]) socket.on('error', end).on('close', end)
    near.pipe(far).pipe(near)
  })
  await new Promise<void>((settle) => server.listen(0, '127.0.0.1', settle))
  const { port } = server.address() as AddressInfo
  const cut = () => [...ends].forEach((end) => end())
  return Object.freeze({
    url: `http://127.0.0.1:${port}`,
    to: (...next: readonly string[]) => {
      backends = next
    },
    cut,
    close: async () => {
      const closed = new Promise((settle) => server.close(settle))
      cut()
      await closed
    },
  })
}
