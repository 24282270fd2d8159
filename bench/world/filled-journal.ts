import pg from 'pg'

import { runProgram, sallyportScript } from './program.js'
import type { World } from './world.js'
import { appendStatements } from '../../src/journal/append.js'
import type { Scope } from '../../src/postgres/scope.js'
import { literal } from '../../src/postgres/identifiers.js'

/** A database with a journal of so many records, written by the statements that a run writes them with. */
export interface FilledJournal {
  readonly url: string
  readonly records: number
}

/** A run of ten migrations makes the tables; what is missing to the number are summaries of refused requests. */
export async function fillJournal(world: World, records: number, dir: string): Promise<FilledJournal> {
  const url = await world.createDatabase()
  const env = { NODE_ENV: 'production', DATABASE_URL: url, MIGRATIONS_DIR: `${dir}/knex` }
  await runProgram({ script: sallyportScript, args: ['migrate'], cwd: world.directory('journal'), env })
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  const count = async (): Promise<number> => {
    const { rows } = await client.query<{ n: number }>('SELECT count(*)::int AS n FROM sallyport.journal')
    return rows[0]?.n ?? 0
  }
  for (let there = await count(); there < records; there = await count()) {
    const statements = appendStatements(scope, [summaries(Math.min(1_000, records - there))])
    await client.query(['BEGIN', ...statements, 'COMMIT'].join(';\n'))
  }
  await client.query('ANALYZE')
  await client.end()
  return { url, records }
}

/** As much of it as an append needs. */
const scope = {
  name: 'public.knex_migrations',
  bookkeeping: '"sallyport"',
  bookkeepingSchema: 'sallyport',
} as Scope

const data =
  '{"refusals":[{"addresses":["198.51.100.7"],"code":"unauthorized","count":3,"moreAddresses":false,"reason":"wrong","status":401}],"seconds":60,"total":3}'

const summaries = (count: number): string =>
  `SELECT 'requests_refused'::text AS kind, NULL::uuid AS run_id, NULL::text AS subject, ${literal(data)}::text AS data,
    lpad(n::text, 9, '0') AS ord FROM generate_series(1, ${String(count)}) n`
