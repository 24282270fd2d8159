import { connect } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'

import type { Running } from './program.js'

export interface Awaited {
  readonly port: number
  readonly path: string
  readonly running: Running
}

/** Resolves with the first 200. Asks again a millisecond after each refusal. Rejects when the process ends. */
export async function firstAnswer({ port, path, running }: Awaited): Promise<void> {
  while ((await ask(port, path)) !== 200) {
    if (!running.alive()) throw new Error(`it never answered 200:\n${running.output()}`)
    await pause(1)
  }
}

/** The status; undefined where nobody listens yet. */
function ask(port: number, path: string): Promise<number | undefined> {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port })
    socket.once('connect', () =>
      socket.write(`GET ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n`),
    )
    socket.once('data', (chunk) => {
      resolve(Number(chunk.toString('latin1', 9, 12)))
      socket.destroy()
    })
    socket.once('error', () => resolve(undefined)).once('close', () => resolve(undefined))
  })
}
