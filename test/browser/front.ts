import { createServer, request } from 'node:http'
import type { AddressInfo } from 'node:net'

/** A proxy in front of a door, on one port for good: what it passes on to can go and come. */
export interface Front {
  /** Its address, with the prefix; without a slash at the end. */
  readonly url: string
  /** null: whoever asks is cut off. */
  to(target: string | null): void
  close(): Promise<void>
}

/** `prefix`: taken off each path, as `/ops`. */
export async function openFront(prefix = ''): Promise<Front> {
  let target: string | null = null
  const server = createServer((incoming, outgoing) => {
    const { method, headers, url = '/' } = incoming
    if (target === null || !url.startsWith(`${prefix}/`)) {
      incoming.socket.destroy()
      return
    }
    const passed = request(new URL(url.slice(prefix.length), target), { method, headers }, (answer) => {
      outgoing.writeHead(answer.statusCode ?? 502, answer.headers)
      answer.pipe(outgoing).on('error', () => undefined)
    })
    passed.on('error', () => outgoing.destroy())
    incoming.pipe(passed)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const to = (next: string | null): void => {
    target = next
    if (next === null) server.closeAllConnections()
  }
  return Object.freeze({
    url: `http://127.0.0.1:${port}${prefix}`,
    to,
    close: async () => {
      to(null)
      await new Promise((resolve) => server.close(resolve))
    },
  })
}
