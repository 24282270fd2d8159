import { randomBytes } from 'node:crypto'
import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { ask } from '../ask.js'
import { unprivilegedAccount } from './account.js'
import { postgresDirectory } from './binaries.js'
import { openPgBouncer, type PgBouncer } from './pgbouncer.js'
import { openPostgres, type Postgres } from './postgres.js'

/** Servers of our own and a directory for everything; one round at a time plays on it. */
export interface Stage {
  readonly directory: string
  readonly postgres: Postgres
  /** By pool size. */
  readonly pgbouncers: ReadonlyMap<number, PgBouncer>
  /** A new, empty database; its name. */
  createDatabase(): Promise<string>
  dropDatabase(name: string): Promise<void>
  close(): Promise<void>
}

export interface StageNeeds {
  readonly postgresBin?: string | undefined
  /** Pool sizes for which a PgBouncer is wanted. */
  readonly pools: readonly number[]
  /** Leaves the directory behind for a look at the logs. */
  readonly keep?: boolean | undefined
  /** Settings of the server other than the rig's own. */
  readonly settings?: Readonly<Record<string, string>>
}

/** Opens PostgreSQL and the poolers; closes what it opened when one of them does not start. */
export async function openStage(needs: StageNeeds): Promise<Stage> {
  const directory = mkdtempSync(join(tmpdir(), 'sallyport-torture-'))
  chmodSync(directory, 0o755)
  const closers: (() => Promise<void>)[] = []
  const close = async (): Promise<void> => {
    for (const closer of closers.reverse()) await closer()
    if (!needs.keep) rmSync(directory, { recursive: true, force: true })
  }
  try {
    const account = unprivilegedAccount()
    const binaries = postgresDirectory(needs.postgresBin)
    const postgres = await openPostgres(binaries, directory, account, needs.settings)
    closers.push(() => postgres.close())
    const pgbouncers = new Map<number, PgBouncer>()
    for (const pool of new Set(needs.pools)) {
      const pgbouncer = await openPgBouncer(postgres.port, pool, directory, account)
      closers.push(() => pgbouncer.close())
      pgbouncers.set(pool, pgbouncer)
    }
    return Object.freeze({ directory, postgres, pgbouncers, ...databases(postgres), close })
  } catch (error) {
    await close()
    throw error
  }
}

function databases(postgres: Postgres): Pick<Stage, 'createDatabase' | 'dropDatabase'> {
  const admin = postgres.url('postgres')
  return {
    async createDatabase() {
      const name = `t_${randomBytes(5).toString('hex')}`
      await ask(admin, `create database ${name}`)
      return name
    },
    async dropDatabase(name) {
      await ask(admin, `drop database if exists ${name} with (force)`)
    },
  }
}
