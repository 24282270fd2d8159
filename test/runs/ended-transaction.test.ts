import { actor, workshopForEach } from './workshop.js'
import { advisoryLocks, custom } from './sources.js'

const workshop = workshopForEach()

const applied = async () =>
  (await workshop().database.query<{ name: string }>('select name from knex_migrations order by id')).map(
    ({ name }) => name,
  )

test.each(['commit', 'abort', 'select 1; commit', '/* done */ commit', 'commit; begin', `select '; x'; end`])(
  'a migration that ends the transaction it was given is found out: %s',
  async (end) => {
    const { write, engine } = workshop()
    write('001_a.cjs', custom(`await knex.raw('create table a ()'); await knex.raw("${end}")`))
    const message =
      'a migration may not end the transaction that it was given; give it config.transaction = false if it needs none'
    // Twice, because knex writes into the errors that it gets.
    for (const one of [engine(), engine()]) {
      expect(await one.migrate({}, actor)).toMatchObject({
        code: 'migration_failed',
        fields: { migration: '001_a', message },
      })
    }
    expect(await applied()).toEqual([])
  },
)

test('words and names that only look like the end of a transaction are no offence', async () => {
  const { write, engine, database } = workshop()
  write(
    '001_a.cjs',
    custom(`await knex.raw("create table a (\\"x; commit\\" text default '; commit', e text default $q$; end$q$) -- ; rollback")
    await knex.raw('create function f() returns int language sql begin atomic select 1; end')
    await knex.raw("do $$ begin perform 1; end $$; insert into a (e) select case when true then 'x' end")
    await knex.raw('savepoint s; rollback to savepoint s')`),
  )
  expect(await engine().migrate({}, actor)).toMatchObject({ status: 'applied' })
  expect(await database.query('select * from a')).toEqual([{ 'x; commit': '; commit', e: 'x' }])
})

test('a transaction that is ended past the guard is told, stops there, and is asked about', async () => {
  const { write, engine, database } = workshop()
  const unseen = 'create function f() returns int language sql begin atomic select 1; end; commit'
  write('001_a.cjs', custom(`await knex.raw('create table a ()')`))
  write(
    '002_b.cjs',
    custom(`await knex.raw('create table b (); ${unseen}'); await knex.raw('create table c ()')`),
  )
  expect(await engine().migrate({}, actor)).toMatchObject({
    code: 'migration_failed',
    detail: expect.stringContaining('002_b ended the transaction'),
    fields: { migration: '002_b', applied: [{ name: '001_a' }], rolledBack: [] },
  })
  expect(await database.query(`select to_regclass('b') is null as b, to_regclass('c') as c`)).toEqual([
    { b: false, c: null },
  ])
  expect(await applied()).toEqual(['001_a.cjs'])
  const one = engine()
  expect(await one.migrate({}, actor)).toMatchObject({ code: 'unresolved', fields: { migration: '002_b' } })
  const resolve = { name: '002_b', as: 'applied', reason: 'looked' } as const
  expect(await one.migrate({ resolve }, actor)).toMatchObject({ status: 'up_to_date' })
  expect(await applied()).toEqual(['001_a.cjs', '002_b.cjs'])
  expect(await database.query(advisoryLocks)).toEqual([])
})
