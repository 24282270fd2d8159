import pg from 'pg'
import { keyArguments, lockKey } from '../../src/postgres/lock-key.js'
import type { Scope } from '../../src/postgres/scope.js'
import { createStateReader } from '../../src/postgres/state-reader.js'
import { allTables } from '../../src/postgres/state-statement.js'
import { createDatabase } from '../support/database.js'
import { migrationOf } from '../support/project.js'
import { actor, workshopForEach, type Workshop } from './workshop.js'

const opened = workshopForEach()
let workshop: Workshop

beforeEach(() => {
  workshop = opened()
  for (const name of ['001_a', '002_b', '003_c']) workshop.write(`${name}.js`, migrationOf('select 1'))
})

const runKey = lockKey('run', 'public.knex_migrations')

const scope: Scope = {
  name: 'public.knex_migrations',
  schema: 'public',
  table: 'knex_migrations',
  history: 'public.knex_migrations',
  knexLock: 'public.knex_migrations_lock',
  bookkeeping: 'sallyport',
  bookkeepingSchema: 'sallyport',
  runKey,
  fenceKey: lockKey('fence', 'public.knex_migrations'),
}

const removal = `delete from knex_migrations where name = '003_c.js'`

/** Each withholds the removal of a row until it is told to go on. */
const withheld: readonly [string, readonly string[]][] = [
  ['a transaction', ['begin', removal]],
  ['a savepoint of a transaction', ['begin', 'savepoint one', removal, 'release savepoint one']],
  ['a transaction that began with something else', ['begin', 'create table other (id int)', removal]],
]

test.each(withheld)('what %s did is seen once it is committed, and not before', async (_, statements) => {
  const engine = workshop.engine()
  await engine.migrate({}, actor)
  const other = await workshop.session()
  await engine.status()
  for (const statement of statements) {
    await other.query(statement)
    expect(await engine.status()).toMatchObject({ applied: 3, pending: [] })
  }
  await other.query('commit')
  expect(await engine.status()).toMatchObject({ applied: 2, pending: ['003_c'] })
})

test('what is committed between an older transaction that goes on and a younger one that has ended is seen', async () => {
  const engine = workshop.engine()
  await engine.migrate({}, actor)
  const [older, other, younger] = [
    await workshop.session(),
    await workshop.session(),
    await workshop.session(),
  ]
  for (const session of [older, other, younger]) {
    await session.query('begin')
    await session.query(session === other ? removal : 'select pg_current_xact_id()')
  }
  await younger.query('commit')
  expect(await engine.status()).toMatchObject({ applied: 3, pending: [] })
  await other.query('commit')
  expect(await engine.status()).toMatchObject({ applied: 2, pending: ['003_c'] })
})

test('what is rolled back changes nothing', async () => {
  const engine = workshop.engine()
  await engine.migrate({}, actor)
  const other = await workshop.session()
  await other.query('begin')
  await other.query(removal)
  await engine.status()
  await other.query('rollback')
  expect(await engine.status()).toMatchObject({ applied: 3, pending: [] })
})

test('a run whose process lets go of its lock is seen to be gone, though nothing is written', async () => {
  const engine = workshop.engine()
  await engine.migrate({}, actor)
  const holder = await workshop.session()
  await holder.query(`select pg_advisory_lock(${keyArguments(runKey)})`)
  const [{ pid } = { pid: 0 }] = (await holder.query<{ pid: number }>('select pg_backend_pid() as pid')).rows
  await workshop.database.query(
    `update sallyport.runs set status = 'running', ended_at = null, lock_pid = ${String(pid)}`,
  )
  for (let times = 0; times < 4; times += 1) {
    expect(await engine.status()).toMatchObject({ run: { status: 'running' } })
  }
  await holder.query('select pg_advisory_unlock_all()')
  expect(await engine.status()).toMatchObject({ run: null })
})

test('while nothing is written anywhere the server is asked for no rows, no digests and no head', async () => {
  await workshop.engine().migrate({}, actor)
  const client = new pg.Client({ connectionString: workshop.database.url })
  await client.connect()
  const answers: unknown[] = []
  const query = async <Row>(text: string, values?: readonly unknown[]): Promise<Row[]> => {
    const { rows } = await client.query(text, values && [...values])
    answers.push(...(rows as unknown[]))
    return rows as Row[]
  }
  const read = createStateReader(scope)
  const first = await read(query, allTables, undefined)
  const nothing = { snapshot: null, historyDigest: null, recordsDigest: null, history: null, records: null }
  // Other tests write to other databases of this server, and each of that is seen.
  let last: typeof first
  const until = Date.now() + 20_000
  do last = await read(query, allTables, undefined)
  while ((answers.at(-1) as { snapshot: unknown }).snapshot !== null && Date.now() < until)
  await client.end()
  expect(answers.at(-1)).toMatchObject({ ...nothing, steps: null, run: null, journal: null })
  expect(last.state).toEqual({ ...first.state, now: last.state.now })
  expect(last.state.now > first.state.now).toBe(true)
  expect(last.state.history).toBe(first.state.history)
  expect(last.state.journal).toMatchObject({ seq: expect.any(Number) })
})

test('another database behind the same pooler is another one, though the cluster’s snapshot is the same', async () => {
  await workshop.engine().migrate({}, actor)
  const other = await createDatabase()
  await workshop.engine({ url: other.url }).migrate({}, actor)
  await other.query(removal)
  const [here, there] = [await connectedTo(workshop.database.url), await connectedTo(other.url)]
  let behind = here
  const snapshots: unknown[] = []
  const query = async <Row>(text: string): Promise<Row[]> => {
    const { rows } = await behind.query<{ snapshot: unknown }>(text)
    snapshots.push(rows[0]?.snapshot)
    return rows as Row[]
  }
  const read = createStateReader(scope)
  const until = Date.now() + 20_000
  do expect((await read(query, allTables, undefined)).state.history).toHaveLength(3)
  while (snapshots.at(-1) !== null && Date.now() < until)
  behind = there
  expect((await read(query, allTables, undefined)).state.history).toHaveLength(2)
  await Promise.all([here.end(), there.end()])
  await workshop.closeEngines()
  await other.drop()
})

async function connectedTo(url: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: url })
  client.on('error', () => {})
  await client.connect()
  return client
}
