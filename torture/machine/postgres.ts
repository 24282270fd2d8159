import { createWriteStream } from 'node:fs'
import { dirname, join } from 'node:path'

import { ask } from '../ask.js'
import { until } from '../patience.js'
import { ownedDirectory, reachable, type Account } from './account.js'
import { endedWithin, start, type Child } from './child.js'
import { freePort } from './ports.js'

/** A PostgreSQL of our own, that may be killed. Role `postgres`, trusted from loopback. */
export interface Postgres {
  readonly port: number
  readonly version: string
  url(database: string): string
  /** SIGKILL of the postmaster, then a start once its orphans have let go of the shared memory. */
  crash(): Promise<void>
  close(): Promise<void>
}

/** `fsync = off` loses nothing to a SIGKILL: what was written stays in the cache of the operating system. */
const settings = {
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
  fsync: 'off',
  max_connections: '400',
  shared_buffers: '64MB',
  max_wal_size: '512MB',
  log_min_messages: 'fatal',
  log_lock_waits: 'off',
} as const

/** Makes a cluster below `directory` and starts it. `binaries` holds `initdb` and `postgres`; `otherwise` replaces settings. */
export async function openPostgres(
  binaries: string,
  directory: string,
  account: Account | undefined,
  otherwise: Readonly<Record<string, string>> = {},
): Promise<Postgres> {
  const tree = reachable(dirname(binaries), account, directory)
  const bin = tree === dirname(binaries) ? binaries : join(tree, 'bin')
  const data = ownedDirectory(join(directory, 'data'), account)
  const env = { PATH: process.env['PATH'] ?? '', LC_ALL: 'C', TZ: 'UTC' }
  const base = { env, cwd: directory, account }

  const initdb = await start({
    ...base,
    file: join(bin, 'initdb'),
    args: ['-D', data, '-A', 'trust', '-U', 'postgres', '-E', 'UTF8', '--no-sync', '--no-instructions'],
  })
  const made = await endedWithin(initdb, 120_000)
  if (made?.code !== 0) throw new Error(`initdb failed: ${made?.stderr ?? 'not within 120 s'}`)

  const port = await freePort()
  const url = (database: string): string => `postgres://postgres@127.0.0.1:${port}/${database}`
  const args = Object.entries({ ...settings, ...otherwise }).flatMap(([name, value]) => [
    '-c',
    `${name}=${value}`,
  ])
  const boot = (): Promise<Child> =>
    bootPostgres(
      () =>
        start({
          ...base,
          file: join(bin, 'postgres'),
          args: ['-D', data, '-p', `${port}`, ...args],
        }),
      url('postgres'),
    )

  let server = await boot()
  const [row] = await ask<{ server_version: string }>(url('postgres'), 'show server_version')
  const log = createWriteStream(join(directory, 'restarts.log'))
  return Object.freeze({
    port,
    version: row?.server_version.split(' ')[0] ?? 'unknown',
    url,
    async crash() {
      server.signal('SIGKILL')
      await endedWithin(server, 10_000)
      server = await boot()
      log.write(`${new Date().toISOString()} restarted\n`)
    },
    async close() {
      log.end()
      // immediate shutdown: nothing in this cluster is worth a checkpoint
      server.signal('SIGQUIT')
      await endedWithin(server, 10_000)
    },
  })
}

/** Starts again while orphaned backends of a killed postmaster still hold its shared memory. */
async function bootPostgres(launch: () => Promise<Child>, url: string): Promise<Child> {
  let server = await launch()
  await until('PostgreSQL accepts connections', 60_000, async () => {
    if (!server.alive()) {
      if (!server.complaint().includes('shared memory block')) throw new Error(server.complaint())
      server = await launch()
    }
    try {
      await ask(url, 'select 1')
      return true
    } catch {
      return undefined
    }
  })
  return server
}
