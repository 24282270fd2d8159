import { actor, workshopForEach } from './workshop.js'
import { custom, repeatable, transactional } from './sources.js'

const workshop = workshopForEach()

const applied = async () =>
  (await workshop().database.query<{ name: string }>('select name from knex_migrations order by id')).map(
    ({ name }) => name,
  )

test('a search path and a role that a migration leaves behind lead the next one nowhere else', async () => {
  const { write, engine, role, database } = workshop()
  const { name } = await role()
  const elsewhere = 'set search_path = elsewhere, public'
  write('001_a.cjs', transactional('a', 'create schema elsewhere', elsewhere))
  write('002_b.cjs', repeatable('b', elsewhere, `grant all on schema elsewhere to ${name}`))
  write('003_c.cjs', transactional('c'))
  write('004_d.cjs', custom(`await knex.raw('set role ${name}')`, { transaction: false }))
  write('005_e.cjs', transactional('e'))
  const names = ['001_a', '002_b', '003_c', '004_d', '005_e'].map((one) => ({ name: one }))
  expect(await engine().migrate({}, actor)).toMatchObject({ status: 'applied', applied: names })
  expect(await applied()).toEqual(names.map((one) => `${one.name}.cjs`))
  expect(await engine().migrate({}, actor)).toMatchObject({ status: 'up_to_date' })
  expect(
    await database.query(`select 1 from pg_tables where schemaname = 'elsewhere' and tablename like 'knex%'`),
  ).toEqual([])
})

test('a migration that leads knex to another table of the name fails, and nothing is recorded there', async () => {
  const { write, engine, database } = workshop()
  await database.query(
    'create schema tenant; create table tenant.knex_migrations (id serial, name text, batch int, migration_time timestamptz)',
  )
  write('001_a.cjs', transactional('a', 'set search_path = tenant, public'))
  expect(await engine().migrate({}, actor)).toMatchObject({
    code: 'migration_failed',
    fields: { message: expect.stringContaining('search_path'), rolledBack: ['001_a'] },
  })
  expect(await database.query('select 1 from tenant.knex_migrations')).toEqual([])
})
