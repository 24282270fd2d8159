import { rigName, ask } from '../ask.js'
import type { Child } from '../machine/child.js'
import type { Postgres } from '../machine/postgres.js'
import { within } from '../patience.js'
import type { Dice } from '../seed.js'
import type { Kill } from './plan.js'

/** Where a kill strikes. */
export interface Victim {
  readonly postgres: Postgres
  readonly database: string
  readonly child: Child
  readonly dice: Dice
}

/** Kills once. Says whether there was something to kill. */
export type Strike = (victim: Victim) => Promise<boolean>

const ours = `datname = current_database() and backend_type = 'client backend' and pid <> pg_backend_pid()
  and application_name <> '${rigName}'`

/** The five ways to die. */
export const strikes: Readonly<Record<Kill, Strike>> = Object.freeze({
  async client({ child }: Victim) {
    if (!child.alive()) return false
    child.signal('SIGKILL')
    await within(10_000, child.ended)
    return true
  },

  async backend({ postgres, database, child, dice }: Victim) {
    if (!child.alive()) return false
    const url = postgres.url(database)
    const found = await ask<{ pid: number }>(
      url,
      `select pid from pg_stat_activity where ${ours} order by pid`,
    )
    if (found.length === 0) return false
    const all = dice.next() < 0.3
    const chosen = all ? found : [dice.pick(found)]
    return terminate(
      url,
      chosen.map(({ pid }) => pid),
    )
  },

  async lock({ postgres, database, child }: Victim) {
    if (!child.alive()) return false
    const url = postgres.url(database)
    // of the sessions that hold an advisory lock in an idle transaction, the oldest is the lock's and not a segment's
    const [holder] = await ask<{ pid: number }>(
      url,
      `select pid from pg_stat_activity where ${ours} and state like 'idle in transaction%'
        and pid in (select pid from pg_locks where locktype = 'advisory' and granted)
        order by xact_start limit 1`,
    )
    return holder ? terminate(url, [holder.pid]) : false
  },

  async postmaster({ postgres, child }: Victim) {
    const alive = child.alive()
    await postgres.crash()
    return alive
  },

  async stop({ child }: Victim) {
    if (!child.alive()) return false
    child.signal('SIGSTOP')
    return true
  },
})

async function terminate(url: string, pids: readonly number[]): Promise<boolean> {
  const [row] = await ask<{ ended: number }>(
    url,
    'select count(*) filter (where pg_terminate_backend(pid, 5000))::int as ended from unnest($1::int[]) pid',
    [pids],
  )
  return (row?.ended ?? 0) > 0
}

/**
 * What `idle_in_transaction_session_timeout` does to a stopped client, without waiting for it: ends every session
 * whose transaction was open when the client stopped and has been idle since.
 */
export async function expireTransactions(url: string, openedBefore: string): Promise<void> {
  await ask(
    url,
    `select pg_terminate_backend(pid) from pg_stat_activity
      where ${ours} and state like 'idle in transaction%' and xact_start < $1::timestamptz`,
    [openedBefore],
  )
}
