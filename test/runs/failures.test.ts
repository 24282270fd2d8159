import { actor, workshopForEach } from './workshop.js'
import { custom, repeatable, transactional } from './sources.js'

const workshop = workshopForEach()

const names = async (query: ReturnType<typeof workshop>['database']['query']) =>
  (await query<{ name: string }>('select name from knex_migrations order by id')).map(({ name }) => name)

test('a failing migration rolls its whole transactional segment back', async () => {
  const { write, engine, database } = workshop()
  write('001_a.cjs', transactional('a', 'create table a (id int primary key)'))
  write('002_b.cjs', transactional('b', 'insert into a values (1), (1)'))
  write('003_c.cjs', transactional('c'))
  const one = engine()
  const outcome = await one.migrate({}, actor)
  expect(outcome).toMatchObject({
    status: 'failed',
    code: 'migration_failed',
    fields: {
      migration: '002_b',
      sqlState: '23505',
      message: 'duplicate key value violates unique constraint "a_pkey"',
      applied: [],
      rolledBack: ['001_a', '002_b'],
      runId: expect.any(String),
    },
  })
  expect(await names(database.query)).toEqual([])
  expect(await database.query(`select to_regclass('a') as a, to_regclass('tally') as t`)).toEqual([
    { a: null, t: null },
  ])
  expect(await one.runs(5)).toMatchObject([{ status: 'failed', failure: { code: 'migration_failed' } }])
})

test.each([
  ['a builder’s statement', `await knex('a').insert({ secret: 'hunter2' })`],
  [
    'a statement that begins unusually',
    `await knex.raw("explain analyze insert into a values (?)", ['hunter2'])`,
  ],
  ['a statement with bindings', `await knex.raw("/* why */ insert into a values (?)", ['hunter2'])`],
])('what a failure of %s says holds neither statement, nor bindings, nor detail', async (_, statement) => {
  const { write, engine } = workshop()
  write(
    '001_a.cjs',
    custom(`await knex.raw('create table a (secret text primary key)'); ${statement}; ${statement}`),
  )
  const one = engine()
  const outcome = await one.migrate({}, actor)
  expect(outcome).toMatchObject({
    code: 'migration_failed',
    fields: { sqlState: '23505', message: 'duplicate key value violates unique constraint "a_pkey"' },
  })
  const { cause: _forTheLogOnly, ...told } = outcome as { cause?: unknown }
  expect(JSON.stringify([told, await one.runs(1)])).not.toMatch(/hunter2|insert into|already exists/i)
})

test('in a mixed plan contiguous transactional migrations stand together: what came before their segment stays, and the next call goes on from there', async () => {
  const { write, engine, database } = workshop()
  write('001_a.cjs', transactional('a'))
  write('002_b.cjs', repeatable('b'))
  write('003_c.cjs', transactional('c'))
  write('004_d.cjs', transactional('d', 'select 1 / 0'))
  write('005_e.cjs', transactional('e'))
  expect(await engine().migrate({}, actor)).toMatchObject({
    code: 'migration_failed',
    fields: {
      migration: '004_d',
      sqlState: '22012',
      message: 'division by zero',
      applied: [{ name: '001_a' }, { name: '002_b' }],
      rolledBack: ['003_c', '004_d'],
    },
  })
  expect(await names(database.query)).toEqual(['001_a.cjs', '002_b.cjs'])
  expect(await database.query('select is_locked from knex_migrations_lock')).toEqual([{ is_locked: 0 }])
  write('004_d.cjs', transactional('d'))
  const other = workshop().engine({ dir: copied() })
  expect(await other.migrate({}, actor)).toMatchObject({
    applied: [{ name: '003_c' }, { name: '004_d' }, { name: '005_e' }],
  })

  /** A deployed release is a new process; modules that this one has loaded stay. */
  function copied(): string {
    for (const file of ['001_a', '002_b', '003_c', '005_e'])
      write(`../next/${file}.cjs`, file === '002_b' ? repeatable('b') : transactional(file.slice(4)))
    write('../next/004_d.cjs', transactional('d'))
    return `${workshop().root}/next`
  }
})

test('where knex would have committed in between, a new value of an enum can be used by the next migration', async () => {
  const { write, engine } = workshop()
  write('001_a.cjs', transactional('a', "create type mood as enum ('glad')"))
  write('002_b.cjs', repeatable('b'))
  write('003_c.cjs', transactional('c', "alter type mood add value 'calm'"))
  write('004_d.cjs', transactional('d', "create table d as select 'calm'::mood as m"))
  expect(await engine().migrate({}, actor)).toMatchObject({
    status: 'applied',
    applied: [{ name: '001_a' }, { name: '002_b' }, { name: '003_c' }, { name: '004_d' }],
  })
})

test('a constraint that is checked at COMMIT fails the segment as a whole', async () => {
  const { write, engine, database } = workshop()
  write('001_a.cjs', transactional('a', 'create table a (id int unique deferrable initially deferred)'))
  write('002_b.cjs', transactional('b', 'insert into a values (1), (1)'))
  expect(await engine().migrate({}, actor)).toMatchObject({
    code: 'migration_failed',
    fields: { sqlState: '23505', applied: [], rolledBack: ['001_a', '002_b'] },
  })
  expect(await names(database.query)).toEqual([])
})

test('a statement that cannot run in a transaction is told with the configuration that helps', async () => {
  const { write, engine } = workshop()
  write('001_a.cjs', transactional('a', 'create table a (id int)', 'create index concurrently i on a (id)'))
  expect(await engine().migrate({}, actor)).toMatchObject({
    code: 'migration_failed',
    detail: expect.stringContaining('transaction: false'),
    fields: { sqlState: '25001', migration: '001_a' },
  })
})

test('a statement that outlasts the statement timeout is timed out and rolled back', async () => {
  const { write, engine, database } = workshop()
  write('001_a.cjs', transactional('a', 'select pg_sleep(20)'))
  expect(await engine({ statementTimeoutMs: 150 }).migrate({}, actor)).toMatchObject({
    code: 'timed_out',
    fields: { sqlState: '57014', migration: '001_a', rolledBack: ['001_a'] },
  })
  expect(await names(database.query)).toEqual([])
})

test('a missing right is told with what to grant', async () => {
  const { write, engine, database, role } = workshop()
  const { name, url } = await role()
  await database.query('create table owned (id int)')
  await database.query(`grant create on database ${database.name} to ${name}`)
  await database.query(`grant create, usage on schema public to ${name}`)
  write('001_a.cjs', custom(`await knex.raw('alter table owned add column a int')`))
  expect(await engine({ url }).migrate({}, actor)).toMatchObject({
    code: 'migration_failed',
    detail: expect.stringMatching(/grant|owner/i),
    fields: { sqlState: '42501', migration: '001_a' },
  })
})

test('every step of a failing run is told as it happens, the failure too', async () => {
  const { write, engine } = workshop()
  write('001_a.cjs', transactional('a'))
  write('002_b.cjs', transactional('b', 'select 1 / 0'))
  const told: string[] = []
  await engine().migrate({}, actor, {
    onEvent: (event) => {
      if (event.type === 'migration') told.push(`${event.name} ${event.state} ${event.index}/${event.of}`)
    },
  })
  expect(told).toEqual(['001_a started 1/2', '002_b started 2/2', '002_b failed 2/2'])
})

test.each([
  ['an error of its own', `throw new Error('the account was closed: timeout')`],
  ['a refused connection of its own', `throw Object.assign(new Error('refused'), { code: 'ECONNREFUSED' })`],
])('a migration that fails with %s is no lost database', async (_, up) => {
  const { write, engine } = workshop()
  write('001_a.cjs', custom(up))
  expect(await engine().migrate({}, actor)).toMatchObject({
    code: 'migration_failed',
    fields: { migration: '001_a', rolledBack: ['001_a'] },
  })
})
