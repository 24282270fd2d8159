import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { createDatabase, type TestDatabase } from '../support/database.js'
import { actor, workshopForEach } from './workshop.js'
import { repeatable, transactional } from './sources.js'

const workshop = workshopForEach()

/** knex's two tables as they are: rows, columns, types, defaults, keys. */
async function knexTables(database: TestDatabase): Promise<unknown> {
  const columns = await database.query(
    `select table_name, column_name, data_type, character_maximum_length, column_default, is_nullable
       from information_schema.columns where table_name like 'knex_migrations%' order by table_name, ordinal_position`,
  )
  const keys = await database.query(
    `select conrelid::regclass::text as table, pg_get_constraintdef(oid) as definition from pg_constraint
      where conrelid::regclass::text like 'knex_migrations%' and contype = 'p' order by 1`,
  )
  const rows = await database.query(
    `select id, name, batch, migration_time is not null as timed from knex_migrations order by id`,
  )
  const lock = await database.query(`select "index", is_locked from knex_migrations_lock`)
  return { columns, keys, rows, lock }
}

test('the tables are what knex by itself would have written', async () => {
  const { write, engine, knex, database } = workshop()
  const other = await createDatabase()
  write('001_a.cjs', transactional('a'))
  write('002_b.cjs', transactional('b', 'create table b (id int)'))
  await engine().migrate({}, actor)
  await knex({ connection: other.url }).migrate.latest()
  write('003_c.cjs', transactional('c'))
  write('004_d.cjs', repeatable('d', 'create index concurrently if not exists d on b (id)'))
  write('005_e.cjs', transactional('e'))
  await engine().migrate({}, actor)
  await knex({ connection: other.url }).migrate.latest()
  expect(await knexTables(database)).toEqual(await knexTables(other))
})

test('a mixed batch has one batch number, and it is rolled back by knex as one', async () => {
  const { write, engine, knex, database } = workshop()
  write('001_a.cjs', transactional('a'))
  await engine().migrate({}, actor)
  for (const name of ['002_b', '003_c', '004_d', '005_e'])
    write(`${name}.cjs`, name === '003_c' ? repeatable(name) : transactional(name))
  expect(await engine().migrate({}, actor)).toMatchObject({ batch: 2 })
  expect(await database.query('select distinct batch from knex_migrations order by 1')).toEqual([
    { batch: 1 },
    { batch: 2 },
  ])
  const [, undone] = (await knex().migrate.rollback()) as [number, string[]]
  expect(undone).toEqual(['005_e.cjs', '004_d.cjs', '003_c.cjs', '002_b.cjs'])
})

test('knex continues what was begun here, and what knex began is continued here', async () => {
  const { write, engine, knex, database } = workshop()
  write('001_a.cjs', transactional('a'))
  expect(await engine().migrate({}, actor)).toMatchObject({ status: 'applied', batch: 1 })
  write('002_b.cjs', repeatable('b'))
  expect(await knex().migrate.latest()).toEqual([2, ['002_b.cjs']])
  write('003_c.cjs', repeatable('c'))
  expect(await engine().migrate({}, actor)).toMatchObject({ applied: [{ name: '003_c' }], batch: 3 })
  write('004_d.cjs', transactional('d'))
  expect(await knex().migrate.latest()).toEqual([4, ['004_d.cjs']])
  expect(await engine().migrate({}, actor)).toMatchObject({ status: 'up_to_date' })
  expect(await database.query('select count(*)::int as n from tally')).toEqual([{ n: 4 }])
})

test('rows that knex wrote are baselined and told as outside, and never rewritten', async () => {
  const { write, engine, knex, database } = workshop()
  write('001_a.cjs', transactional('a'))
  await knex().migrate.latest()
  const rows = 'select *, xmin::text from knex_migrations where id = 1'
  const before = await database.query(rows)
  write('002_b.cjs', transactional('b'))
  const one = engine()
  expect(await one.status()).toMatchObject({ pending: ['002_b'], outside: [] })
  await one.migrate({}, actor)
  expect(await database.query(rows)).toEqual(before)
  expect(await one.status()).toMatchObject({ outside: ['001_a'], drift: [] })
})

test('a row that vanished from the migrations table is told as outside, and pending again', async () => {
  const { write, engine, database } = workshop()
  write('001_a.cjs', transactional('a'))
  const one = engine()
  await one.migrate({}, actor)
  await database.query('delete from knex_migrations')
  expect(await one.status()).toMatchObject({ outside: ['001_a'], pending: ['001_a'] })
  expect(await one.migrate({}, actor)).toMatchObject({ applied: [{ name: '001_a' }] })
  expect(await one.status()).toMatchObject({ outside: [], pending: [] })
})

test('a migration that was applied as .ts is not applied again as .js', async () => {
  const { write, engine, dir, database } = workshop()
  write(
    '001_a.ts',
    'export async function up(knex: any): Promise<void> { await knex.raw("create table a ()") }',
  )
  const one = engine()
  expect(await one.migrate({}, actor)).toMatchObject({ applied: [{ name: '001_a' }] })
  rmSync(join(dir, '001_a.ts'))
  write('001_a.js', 'exports.up = async () => { throw new Error("applied already") }')
  expect(await one.migrate({}, actor)).toMatchObject({ status: 'up_to_date' })
  expect(await one.status()).toMatchObject({ applied: 1, pending: [], ahead: [], drift: [] })
  expect(await database.query('select name from knex_migrations')).toEqual([{ name: '001_a.ts' }])
})
