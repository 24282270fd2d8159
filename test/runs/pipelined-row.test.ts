import { hasPgBouncer, startPgBouncer, type TestPooler } from '../support/pgbouncer.js'
import { actor, workshopForEach } from './workshop.js'
import { custom, transactional } from './sources.js'

const workshop = workshopForEach()

/** Refuses knex's row of whatever is recorded by this name. */
const refusing = (recordedAs: string, how = `raise exception 'no row for %', new.name`): string =>
  `create function refuse_row() returns trigger language plpgsql as
     $$ begin if new.name = '${recordedAs}' then ${how}; end if; return new; end $$;
   create trigger refuse_row before insert on knex_migrations for each row execute function refuse_row()`

/** One is applied, three are pending. */
beforeEach(async () => {
  const { write, engine } = workshop()
  write('001_a.cjs', transactional('a'))
  await engine().migrate({}, actor)
  for (const name of ['b', 'c', 'd']) write(`00${name.charCodeAt(0) - 96}_${name}.cjs`, transactional(name))
})

const applied = () => workshop().database.query('select name from tally order by name')

test.each([
  ['002_b', ['002_b']],
  ['003_c', ['002_b', '003_c']],
  ['004_d', ['002_b', '003_c', '004_d']],
])('a row that knex cannot write is the failure of its own migration, %s', async (migration, rolledBack) => {
  const { database, engine } = workshop()
  await database.query(refusing(`${migration}.cjs`))
  expect(await engine().migrate({}, actor)).toMatchObject({
    code: 'migration_failed',
    fields: { migration, message: `no row for ${migration}.cjs`, sqlState: 'P0001', rolledBack, applied: [] },
  })
  expect(await applied()).toEqual([{ name: 'a' }])
  await database.query('drop function refuse_row cascade')
  expect(await engine().migrate({}, actor)).toMatchObject({ status: 'applied', applied: { length: 3 } })
})

test('a migration that swallows the error of its first statement hides nothing', async () => {
  const { database, engine, write } = workshop()
  await database.query(refusing('002_b.cjs'))
  write('003_c.cjs', custom(`await knex.raw('select 1').catch(() => undefined)`))
  expect(await engine().migrate({}, actor)).toMatchObject({
    code: 'migration_failed',
    fields: { migration: '002_b', message: 'no row for 002_b.cjs' },
  })
  expect(await applied()).toEqual([{ name: 'a' }])
})

test('a row that waits for a lock in vain is tried again with its segment', async () => {
  const { engine, session } = workshop()
  const reader = await session('reader')
  await reader.query('begin; lock table knex_migrations in share mode')
  const running = engine().migrate({}, actor, {
    onEvent: (event) => {
      if (event.type === 'migration' && event.state === 'retrying') void reader.query('commit')
    },
  })
  expect(await running).toMatchObject({ status: 'applied', applied: { length: 3 } })
  expect(await applied()).toHaveLength(4)
})

test('each migration finds the rows of those before it', async () => {
  const { write, engine, database } = workshop()
  const count = `await knex.raw('insert into seen select count(*) from knex_migrations')`
  write('002_b.cjs', custom(`await knex.raw('create table seen (rows int)'); ${count}`))
  write('003_c.cjs', custom(count))
  write('004_d.cjs', custom(`${count}; ${count}`))
  expect(await engine().migrate({}, actor)).toMatchObject({ status: 'applied' })
  const rows = [1, 2, 3, 3].map((found) => ({ rows: found }))
  expect(await database.query('select rows from seen')).toEqual(rows)
})

test('migrations that send no statement have their rows', async () => {
  const { write, engine, database, warnings } = workshop()
  for (let number = 2; number < 7; number += 1) write(`00${number}_none.cjs`, custom(''))
  expect(await engine().migrate({}, actor)).toMatchObject({ status: 'applied' })
  expect(await database.query('select count(*)::int as rows from knex_migrations')).toEqual([{ rows: 9 }])
  expect(warnings).toEqual([])
})

test('statements that are sent together after a row are answered in their order, whatever their kind', async () => {
  const { write, engine, database } = workshop()
  write(
    '003_c.cjs',
    custom(`const { Query } = knex.client.driver
      const wire = await knex.client.acquireConnection()
      const streamed = new Promise((resolve, reject) => {
        const query = new Query('select 3 as n')
        const rows = []
        query.on('row', (row) => rows.push(row.n)).on('end', () => resolve(rows)).on('error', reject)
        setImmediate(() => wire.query(query))
      })
      const called = new Promise((resolve, reject) =>
        setImmediate(() => wire.query('select 4 as n', (error, result) => (error ? reject(error) : resolve(result.rows[0].n)))))
      const promised = new Promise((resolve) => setImmediate(resolve)).then(() => wire.query({ text: 'select $1::int as n', values: [5] }))
      const [one, two] = await Promise.all([knex.raw('select 1 as n, pg_sleep(0.05)'), knex.raw('select ?::int as n', [2])])
      const found = [one.rows[0].n, two.rows[0].n, ...(await streamed), await called, (await promised).rows[0].n]
      await knex.raw('create table answers as select ?::text as found', [found.join()])`),
  )
  expect(await engine().migrate({}, actor)).toMatchObject({ status: 'applied', applied: { length: 3 } })
  expect(await database.query('select found from answers')).toEqual([{ found: '1,2,3,4,5' }])
})

let pooler: TestPooler | undefined
beforeAll(async () => {
  if (hasPgBouncer()) pooler = await startPgBouncer()
})
afterAll(() => pooler?.close())

const afterCreate = (wire: { pipeline?: boolean }, done: (error: null, wire: object) => void): void => {
  delete wire.pipeline
  done(null, wire)
}

interface How {
  readonly pooled?: boolean
  readonly client?: object
  readonly bound?: object
}

const ways: [string, How][] = [
  ['by a driver that cannot send two at once', { client: { pool: { afterCreate } } }],
  ['with a bound of the driver’s own on each query', { bound: { query_timeout: 60_000 } }],
  ...(hasPgBouncer() ? [['through PgBouncer', { pooled: true }] as [string, How]] : []),
]

test.each(ways)('rows are written all the same %s', async (_, { pooled, client, bound }) => {
  const { engine, database } = workshop()
  const connectionString = (pooled && pooler?.through(database.url)) || database.url
  const knex = { connection: { connectionString, ...bound }, ...client }
  expect(await engine({ knex }).migrate({}, actor)).toMatchObject({ status: 'applied' })
  expect(await database.query('select name, batch from knex_migrations order by id')).toEqual([
    { name: '001_a.cjs', batch: 1 },
    ...['002_b', '003_c', '004_d'].map((name) => ({ name: `${name}.cjs`, batch: 2 })),
  ])
})
