import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Listen } from '../../config/settings.js'

/** A port cannot be opened; the message names variable and remedy. */
export class ListenError extends Error {
  override readonly name = 'ListenError'
}

/** The variables that chose an address, for the error's message. */
export interface ListenVariables {
  readonly port: string
  readonly host: string
}

/** Milliseconds between two looks for connections that have become idle while a server closes. */
const idleSweepMs = 25

/** Listens; resolves with the port, which matters where 0 took a free one. Rejects with `ListenError`. */
export async function listen(
  server: Server,
  { host, port }: Listen,
  variables: ListenVariables,
): Promise<number> {
  await new Promise<void>((resolve, reject) => {
    const failed = (cause: NodeJS.ErrnoException): void => {
      reject(new ListenError(explain(cause, { host, port }, variables), { cause }))
    }
    server.once('error', failed)
    server.listen({ host, port }, () => {
      server.off('error', failed)
      resolve()
    })
  })
  return (server.address() as AddressInfo).port
}

/** Takes no more connections, lets answers under way finish, then cuts what is left after `patienceMs`. */
export async function closeServer(server: Server, patienceMs: number): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()))
  const sweep = setInterval(() => server.closeIdleConnections(), idleSweepMs)
  const cut = setTimeout(() => server.closeAllConnections(), patienceMs)
  await closed
  clearInterval(sweep)
  clearTimeout(cut)
}

function explain(cause: NodeJS.ErrnoException, { host, port }: Listen, variables: ListenVariables): string {
  const where = `port ${port} on ${host}`
  const other = `set ${variables.port} to another one (0 takes any that is free)`
  switch (cause.code) {
    case 'EADDRINUSE':
      return `Cannot listen on ${where}: another process does already. Stop it, or ${other}.`
    case 'EACCES':
      return `Cannot listen on ${where}: this user may not open it. Ports below 1024 need a privilege; ${other}.`
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
      return `Cannot listen on ${where}: this machine has no such address. Correct ${variables.host}.`
    case undefined:
    default:
      return `Cannot listen on ${where}: ${cause.message}. Correct ${variables.host} or ${variables.port}.`
  }
}
