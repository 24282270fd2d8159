import { writeFileSync } from 'node:fs'
import { join } from 'node:path'

import { ask } from '../ask.js'
import { until } from '../patience.js'
import { ownedDirectory, type Account } from './account.js'
import { endedWithin, start } from './child.js'
import { pgbouncerFile } from './on-path.js'
import { freePort } from './ports.js'

/** A PgBouncer of our own in transaction mode, in front of every database of one PostgreSQL. */
export interface PgBouncer {
  readonly port: number
  readonly pool: number
  url(database: string): string
  close(): Promise<void>
}

/** Starts it. `pool` is the number of server connections for each database. Throws where it is not installed. */
export async function openPgBouncer(
  postgresPort: number,
  pool: number,
  directory: string,
  account: Account | undefined,
): Promise<PgBouncer> {
  const file = pgbouncerFile()
  if (!file) throw new Error('pgbouncer is not on PATH; install it, or leave out --route pgbouncer')
  const home = ownedDirectory(join(directory, `pgbouncer-${pool}`), account)
  const port = await freePort()
  writeFileSync(join(home, 'users.txt'), '"postgres" ""\n')
  writeFileSync(join(home, 'pgbouncer.ini'), configuration(postgresPort, port, pool, home))
  const server = await start({
    file,
    args: [join(home, 'pgbouncer.ini')],
    env: { PATH: process.env['PATH'] ?? '' },
    cwd: home,
    account,
  })
  const url = (database: string): string => `postgres://postgres@127.0.0.1:${port}/${database}`
  await until('PgBouncer accepts connections', 15_000, async () => {
    if (!server.alive()) throw new Error(`PgBouncer ended: ${server.complaint()}`)
    return ask(url('postgres'), 'select 1').then(
      () => true,
      () => undefined,
    )
  })
  return Object.freeze({
    port,
    pool,
    url,
    async close() {
      server.signal('SIGTERM')
      await endedWithin(server, 5_000)
    },
  })
}

function configuration(postgresPort: number, port: number, pool: number, home: string): string {
  return `[databases]
* = host=127.0.0.1 port=${postgresPort}

[pgbouncer]
listen_addr = 127.0.0.1
listen_port = ${port}
unix_socket_dir =
auth_type = trust
auth_file = ${join(home, 'users.txt')}
admin_users = postgres
pool_mode = transaction
default_pool_size = ${pool}
max_client_conn = 2000
ignore_startup_parameters = extra_float_digits
server_login_retry = 1
logfile = ${join(home, 'pgbouncer.log')}
log_connections = 0
log_disconnections = 0
log_pooler_errors = 0
stats_period = 3600
`
}
