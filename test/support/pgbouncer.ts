import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { ownedDirectory, unprivilegedAccount } from '../../torture/machine/account.js'
import { pgbouncerFile } from '../../torture/machine/on-path.js'
import { freePort } from '../../torture/machine/ports.js'
import { testServerUrl } from './database.js'
import { eventually, start } from './processes.js'

/** A PgBouncer in transaction mode before the test server. */
export interface TestPooler {
  /** The same database through it. */
  through(url: string): string
  close(): Promise<void>
}

/** Whether it is installed; where it is not, the run's last lines say what was left out. */
export const hasPgBouncer = (): boolean => pgbouncerFile() !== undefined

/** Starts one; `test/support/programs-reporter.js` looks for its name in the titles of tests. */
export async function startPgBouncer(): Promise<TestPooler> {
  const file = pgbouncerFile()
  if (file === undefined) throw new Error('pgbouncer is not on PATH')
  const account = unprivilegedAccount()
  const home = ownedDirectory(mkdtempSync(join(tmpdir(), 'sallyport-pgbouncer-')), account)
  const port = await freePort()
  writeFileSync(join(home, 'pgbouncer.ini'), configuration(port))
  const run = start(file, [join(home, 'pgbouncer.ini')], { cwd: home, ...account })
  const through = (url: string): string => {
    const pooled = new URL(url)
    pooled.host = `127.0.0.1:${port}`
    return pooled.href
  }
  await eventually(() => answers(through(testServerUrl())), 15_000, run.output)
  return Object.freeze({
    through,
    close: async () => {
      run.kill('SIGTERM')
      await run.exit
      rmSync(home, { recursive: true, force: true })
    },
  })
}

async function answers(connectionString: string): Promise<boolean> {
  const client = new pg.Client({ connectionString })
  try {
    await client.connect()
    await client.query('select 1')
    return true
  } catch {
    return false
  } finally {
    await client.end().catch(() => undefined)
  }
}

/** Whoever comes in is one role to the server: its password stands here, as it does in front of a real one. */
function configuration(port: number): string {
  const { hostname, port: serverPort, username, password } = new URL(testServerUrl())
  const login = `user=${decodeURIComponent(username)} password=${decodeURIComponent(password)}`
  return `[databases]
* = host=${hostname} port=${serverPort || '5432'} ${login}

[pgbouncer]
listen_addr = 127.0.0.1
listen_port = ${port}
unix_socket_dir =
auth_type = any
pool_mode = transaction
default_pool_size = 4
ignore_startup_parameters = extra_float_digits
`
}
