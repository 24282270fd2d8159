import { openSession } from '../../src/postgres/session.js'
import { projectFromKnex } from '../../src/project/project.js'
import { actor, workshopForEach, type Workshop } from './workshop.js'
import { custom, nonTransactional, repeatable, transactional } from './sources.js'

const workshop = workshopForEach()

const recorded = async ({ database }: Workshop, table = 'knex_migrations') =>
  (await database.query<{ name: string }>(`select name from ${table} order by id`)).map(({ name }) => name)

test('table and schema may be named oddly, and knex finds them', async () => {
  const shop = workshop()
  const names = { schemaName: 'Odd "Schema', tableName: "it's; drop table a" }
  await shop.database.query('create schema "Odd ""Schema"')
  shop.write('001_a.cjs', transactional('a'))
  shop.write('002_b.cjs', repeatable('b'))
  expect(await shop.engine({ migrations: names }).migrate({}, actor)).toMatchObject({ status: 'applied' })
  expect(await recorded(shop, `"Odd ""Schema"."it's; drop table a"`)).toEqual(['001_a.cjs', '002_b.cjs'])
  expect(await shop.database.query(`select to_regclass('knex_migrations') as t`)).toEqual([{ t: null }])
  expect(await shop.knex({}, names).migrate.latest()).toEqual([expect.any(Number), []])
})

test('a schema that does not exist is told with what to do', async () => {
  const { write, engine } = workshop()
  write('001_a.cjs', transactional('a'))
  const outcome = await engine({ migrations: { schemaName: 'nowhere' } }).migrate({}, actor)
  expect(outcome).toMatchObject({ code: 'database_misconfigured', fields: { sqlState: '3F000' } })
})

test('the search path of the knexfile holds for tables, records and migrations', async () => {
  const shop = workshop()
  await shop.database.query('create schema "The App"')
  const knex = { searchPath: ['The App', 'public'] }
  shop.write('001_a.cjs', transactional('a'))
  shop.write('002_b.cjs', nonTransactional('b', 'create table b ()'))
  shop.write('003_c.cjs', transactional('c', 'create table c ()'))
  expect(await shop.engine({ knex }).migrate({}, actor)).toMatchObject({ status: 'applied' })
  const tables = await shop.database.query(
    `select relname from pg_class c where relnamespace = '"The App"'::regnamespace and relkind = 'r' order by 1`,
  )
  expect(tables.map((row) => row['relname'])).toEqual(
    ['b', 'c', 'knex_migrations', 'knex_migrations_lock', 'tally'].toSorted(),
  )
  expect(await shop.knex(knex).migrate.latest()).toEqual([expect.any(Number), []])
})

const snake = (text: string): string => text.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)
const snakeCase = { wrapIdentifier: (value: string, wrap: (value: string) => string) => wrap(snake(value)) }

test('identifiers are wrapped as the knexfile says', async () => {
  const shop = workshop()
  shop.write(
    '001_a.cjs',
    custom(`await knex.schema.createTable('someThing', (t) => t.integer('someColumn'))`),
  )
  shop.write('002_b.cjs', repeatable('b'))
  expect(await shop.engine({ knex: snakeCase }).migrate({}, actor)).toMatchObject({ status: 'applied' })
  expect(await shop.database.query('select some_column from some_thing')).toEqual([])
  expect(await shop.knex(snakeCase).migrate.latest()).toEqual([expect.any(Number), []])
})

test('the migrations table keeps its plain name and columns, whatever identifiers are turned into', async () => {
  const shop = workshop()
  const upper = {
    wrapIdentifier: (value: string, wrap: (value: string) => string) => wrap(value.toUpperCase()),
    postProcessResponse: (result: unknown) =>
      Array.isArray(result) ? result.map(() => 'processed') : result,
  }
  const table = { tableName: 'appMigrations' }
  const rows = `const rows = await knex('a').select('id'); if (rows[0] !== 'processed') throw new Error(String(rows))`
  shop.write('001_a.cjs', custom(`await knex.schema.createTable('a', (t) => t.increments())`))
  shop.write('002_b.cjs', custom(`await knex('a').insert({ id: 7 }); ${rows}`))
  shop.write('003_c.cjs', custom(`await knex('a').insert({ id: 8 }); ${rows}`, { transaction: false }))
  shop.write('004_d.cjs', custom(`await knex('a').insert({ id: 9 }); ${rows}`))
  expect(await shop.engine({ knex: upper, migrations: table }).migrate({}, actor)).toMatchObject({
    status: 'applied',
  })
  expect(await shop.database.query('select "ID" from "A"')).toEqual([{ ID: 7 }, { ID: 8 }, { ID: 9 }])
  expect(await recorded(shop, '"appMigrations"')).toHaveLength(4)
  shop.write('005_e.cjs', custom(`await knex('a').insert({ id: 10 }); ${rows}`))
  expect(await shop.knex(upper, table).migrate.latest()).toEqual([2, ['005_e.cjs']])
})

test('each tenant’s schema has a migrations table of its own, as knex has it', async () => {
  const shop = workshop()
  await shop.database.query('create schema tenant')
  shop.write('001_a.cjs', transactional('a'))
  await shop.engine().migrate({}, actor)
  const tenant = { searchPath: ['tenant', 'public'] }
  expect(await shop.engine({ knex: tenant }).migrate({}, actor)).toMatchObject({ status: 'applied' })
  expect(await recorded(shop, 'tenant.knex_migrations')).toEqual(['001_a.cjs'])
  expect(await recorded(shop, 'public.knex_migrations')).toEqual(['001_a.cjs'])
  expect(await shop.knex(tenant).migrate.latest()).toEqual([expect.any(Number), []])
})

test('several directories are one list by name, or one after the other', async () => {
  const shop = workshop()
  const directory = [`${shop.dir}/one`, `${shop.dir}/two`]
  shop.write('one/002_b.cjs', transactional('b'))
  shop.write('two/001_a.cjs', transactional('a'))
  shop.write('two/003_c.cjs', transactional('c'))
  const merged = shop.engine({ migrations: { directory } })
  expect(await merged.migrate({ dryRun: true }, actor)).toMatchObject({
    pending: [{ name: '001_a' }, { name: '002_b' }, { name: '003_c' }],
  })
  const apart = shop.engine({ migrations: { directory, sortDirsSeparately: true } })
  expect(await apart.migrate({}, actor)).toMatchObject({
    applied: [{ name: '002_b' }, { name: '001_a' }, { name: '003_c' }],
  })
  shop.write('one/004_d.cjs', transactional('d'))
  expect(await apart.migrate({}, actor)).toMatchObject({ applied: [{ name: '004_d' }] })
  expect(await shop.knex({}, { directory, sortDirsSeparately: true }).migrate.latest()).toEqual([
    expect.any(Number),
    [],
  ])
})

test('only files of the extensions to load are migrations', async () => {
  const shop = workshop()
  shop.write('001_a.cjs', transactional('a'))
  shop.write('002_b.js', transactional('b'))
  shop.write('README.md', 'prose')
  expect(await shop.engine({ migrations: { loadExtensions: ['.js'] } }).migrate({}, actor)).toMatchObject({
    applied: [{ name: '002_b' }],
  })
})

test('with transactions disabled each migration stands alone, unless it says otherwise', async () => {
  const shop = workshop()
  const inTransaction = `const { rows } = await knex.raw('select pg_current_xact_id_if_assigned() is not null as open')
    if (rows[0].open !== `
  shop.write(
    '001_a.cjs',
    custom(`await knex.raw('create table a ()'); ${inTransaction} false) throw new Error('open')`),
  )
  shop.write(
    '002_b.cjs',
    custom(`await knex.raw('create table b ()'); ${inTransaction} true) throw new Error('none')`, {
      transaction: true,
    }),
  )
  expect(await shop.engine({ migrations: { disableTransactions: true } }).migrate({}, actor)).toMatchObject({
    status: 'applied',
  })
})

test('the knexfile’s own migration source is asked', async () => {
  const shop = workshop()
  const up = async (knex: { raw(sql: string): Promise<unknown> }): Promise<void> => {
    await knex.raw('create table from_source ()')
  }
  const asked: unknown[] = []
  const migrationSource = {
    getMigrations: async (extensions: readonly string[]) => {
      asked.push(extensions)
      return [{ id: 'first' }, { id: 'second' }]
    },
    getMigrationName: (one: { id: string }) => one.id,
    getMigration: async ({ id }: { id: string }) => ({ up: id === 'first' ? up : async () => {}, down: up }),
  }
  // Beside a directory knex forgets a migrationSource.
  const migrations = { directory: '', migrationSource }
  expect(await shop.engine({ migrations }).migrate({}, actor)).toMatchObject({
    applied: [{ name: 'first' }, { name: 'second' }],
  })
  expect(asked[0]).toEqual(expect.arrayContaining(['.js', '.ts']))
  expect(await recorded(shop)).toEqual(['first', 'second'])
  expect(await shop.knex({}, { migrationSource }).migrate.latest()).toEqual([expect.any(Number), []])
})

test('files that knex may miss are no drift', async () => {
  const shop = workshop()
  shop.write('001_a.cjs', transactional('a'))
  shop.write('002_b.cjs', transactional('b'))
  await shop.engine().migrate({}, actor)
  shop.remove('001_a.cjs')
  shop.write('003_c.cjs', transactional('c'))
  expect(await shop.engine().migrate({}, actor)).toMatchObject({ code: 'drift' })
  const migrations = { disableMigrationsListValidation: true }
  expect(await shop.engine({ migrations }).migrate({}, actor)).toMatchObject({ applied: [{ name: '003_c' }] })
})

test('a borrowed knex’s password is taken along, though knex hides it', async () => {
  const { database, knex } = workshop()
  const { hostname: host, port, username: user, password } = new URL(database.url)
  const connection = { host, port: Number(port), user, password, database: database.name }
  const session = await openSession(projectFromKnex(knex({ connection })), 'test')
  expect(await session.query('select current_user as name')).toEqual([{ name: user }])
  await session.close()
})
