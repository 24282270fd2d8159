import type { Client } from 'pg'

import { rigName, withSession } from '../ask.js'

/** A session in the database that is not the rig's. */
export interface Session {
  readonly pid: number
  readonly state: string
  readonly application: string
  readonly query: string
}

/** What lies in a database at one instant. */
export interface Sight {
  /** How often each migration has noted itself. */
  readonly ledger: ReadonlyMap<string, number>
  readonly records: readonly { readonly file: string; readonly batch: number }[]
  /** `is_locked` of each row of knex's lock table. */
  readonly locks: readonly number[]
  readonly invalidIndexes: readonly string[]
  readonly advisoryLocks: number
  /** Whoever wrote, and what exists: equal before and after means that nothing was written in between. */
  readonly fingerprint: string
}

const relations = `select concat(c.relname, ':', c.relkind, ':' , i.indisvalid) as it
  from pg_class c left join pg_index i on i.indexrelid = c.oid
  where c.relname like 'torture%' order by 1`

/** Everything in one snapshot, so that a half-seen commit cannot look like a violation. */
export function look(url: string): Promise<Sight> {
  return withSession(url, async (session) => {
    await session.query('begin isolation level repeatable read')
    const ledger = await ifThere<{ name: string; writer: string }>(session, 'torture_ledger', 'name, writer')
    const writes = await ifThere<{ name: string; writer: string }>(session, 'torture_writes', 'name, writer')
    const records = await ifThere<{ name: string; batch: number }>(session, 'knex_migrations', 'name, batch')
    const locks = await ifThere<{ is_locked: number }>(session, 'knex_migrations_lock', 'is_locked')
    const invalid = await session.query<{ name: string }>(
      'select indexrelid::regclass::text as name from pg_index where not indisvalid',
    )
    const advisory = await session.query<{ held: number }>(
      `select count(*)::int as held from pg_locks where locktype = 'advisory'
        and database = (select oid from pg_database where datname = current_database())`,
    )
    const existing = await session.query<{ it: string }>(relations)
    await session.query('commit')
    const counts = new Map<string, number>()
    for (const { name } of ledger) counts.set(name, (counts.get(name) ?? 0) + 1)
    return Object.freeze({
      ledger: counts,
      records: records.map(({ name, batch }) => Object.freeze({ file: name, batch })),
      locks: locks.map((row) => row.is_locked),
      invalidIndexes: invalid.rows.map((row) => row.name),
      advisoryLocks: advisory.rows[0]?.held ?? 0,
      fingerprint: JSON.stringify([
        [ledger, writes, records].map((rows) => rows.map((row) => JSON.stringify(row)).sort()),
        existing.rows.map((row) => row.it),
      ]),
    })
  })
}

async function ifThere<Row extends object>(session: Client, table: string, columns: string): Promise<Row[]> {
  const there = await session.query<{ oid: string | null }>('select to_regclass($1) as oid', [table])
  if (!there.rows[0]?.oid) return []
  return (await session.query<Row>(`select ${columns} from ${table}`)).rows
}

/** The sessions of everybody else in this database. */
export function sessions(url: string): Promise<Session[]> {
  return withSession(url, async (session) => {
    const { rows } = await session.query<Session>(
      `select pid, coalesce(state, '') as state, application_name as application, left(query, 200) as query
        from pg_stat_activity
        where datname = current_database() and backend_type = 'client backend'
          and pid <> pg_backend_pid() and application_name <> $1`,
      [rigName],
    )
    return rows
  })
}
