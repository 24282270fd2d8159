import { actor, workshopForEach } from './workshop.js'
import { custom, repeatable, transactional } from './sources.js'

const workshop = workshopForEach()

beforeEach(async () => {
  const { write, engine } = workshop()
  write('001_a.cjs', transactional('a'))
  await engine().migrate({}, actor)
})

const applied = () => workshop().database.query('select name from tally order by name')

/** A trigger on knex's table, for rows of 002. */
const refusing = (body: string, kind = 'trigger refuse_row before insert'): string =>
  `create function refuse_row() returns trigger language plpgsql as
     $$ begin if new.name like '002%' then ${body} end if; return new; end $$;
   create ${kind} on knex_migrations ${kind.startsWith('constraint') ? 'deferrable initially deferred' : ''}
     for each row execute function refuse_row()`

const raising = `raise exception 'no row' using errcode = 'ZX123';`

test.each([
  ['at once', refusing(raising)],
  ['at COMMIT', refusing(raising, 'constraint trigger refuse_row after insert')],
])(
  'the row of a migration outside a transaction that is refused %s is its failure, and the lock stays',
  async (_, sabotage) => {
    const { write, engine, database } = workshop()
    write('002_b.cjs', repeatable('b'))
    write('003_c.cjs', transactional('c'))
    await database.query(sabotage)
    expect(await engine().migrate({}, actor)).toMatchObject({
      code: 'migration_failed',
      fields: { migration: '002_b', message: 'no row', sqlState: 'ZX123', applied: [] },
    })
    const runs = 'select status from sallyport.runs order by started_at'
    expect(await database.query(runs)).toEqual([{ status: 'applied' }, { status: 'failed' }])
    await database.query('drop function refuse_row cascade')
    expect(await engine().migrate({}, actor)).toMatchObject({ status: 'applied', applied: { length: 2 } })
  },
)

test('a right that is missing for that row is named by what the server says', async () => {
  const { write, engine, database, role } = workshop()
  const { name, url } = await role()
  await database.query(`grant all on all tables in schema sallyport, public to ${name};
    grant usage, create on schema sallyport, public to ${name};
    grant usage on all sequences in schema sallyport to ${name}; grant usage on sequence knex_migrations_lock_index_seq to ${name}`)
  write('002_b.cjs', repeatable('b'))
  expect(await engine({ url }).migrate({}, actor)).toMatchObject({
    code: 'migration_failed',
    fields: {
      migration: '002_b',
      sqlState: '42501',
      message: expect.stringContaining('knex_migrations_id_seq'),
    },
  })
})

test('a row outside a transaction that waits for a lock names who holds it, and is written once it may be', async () => {
  const { write, engine, session } = workshop()
  write('002_b.cjs', repeatable('b'))
  const reader = await session('reader')
  await reader.query('begin; lock table knex_migrations in share mode')
  const blocked = await engine({ budgetMs: 1_500 }).migrate({}, actor)
  expect(blocked).toMatchObject({
    code: 'blocked',
    fields: { migration: '002_b', blockers: [{ application: 'reader' }] },
  })
  const running = engine().migrate({}, actor, {
    onEvent: (event) => void (event.type === 'waiting' && event.for === 'blockers' && reader.query('commit')),
  })
  expect(await running).toMatchObject({ status: 'applied', applied: [{ name: '002_b' }] })
})

test('who keeps knex’s lock table is named', async () => {
  const { write, engine, session } = workshop()
  write('002_b.cjs', transactional('b'))
  const holder = await session('rebuilding')
  await holder.query('begin; lock table knex_migrations_lock in access exclusive mode')
  expect(await engine({ budgetMs: 1_000 }).migrate({}, actor)).toMatchObject({
    code: 'blocked',
    fields: { blockers: [{ application: 'rebuilding' }] },
  })
})

test.each([
  ['swallowed', 'return null;'],
  ['renamed', `new.name := 'x.js';`],
])('a row that was %s is told of the migration whose row it is', async (_, body) => {
  const { write, engine, database } = workshop()
  for (const name of ['002_b', '003_c', '004_d']) write(`${name}.cjs`, transactional(name))
  await database.query(refusing(body))
  expect(await engine().migrate({}, actor)).toMatchObject({
    code: 'migration_failed',
    fields: { migration: '002_b', message: expect.stringContaining('knex’s row of 002_b.cjs is not in') },
  })
  expect(await applied()).toEqual([{ name: 'a' }])
})

test('what is refused at COMMIT is told as that, with all whom it may concern', async () => {
  const { write, engine, database } = workshop()
  for (const name of ['002_b', '003_c']) write(`${name}.cjs`, transactional(name))
  await database.query(refusing(raising, 'constraint trigger refuse_row after insert'))
  expect(await engine().migrate({}, actor)).toMatchObject({
    code: 'migration_failed',
    detail: expect.stringMatching(/^COMMIT failed: no row\. .*: 002_b, 003_c\. All of them were rolled back/),
    fields: { message: 'no row', sqlState: 'ZX123', rolledBack: ['002_b', '003_c'], applied: [] },
  })
})

test.each(['08001', '08006', '08P01', '57P01', '57P03'])(
  'an error %s that a migration raises itself is its own, and no lost connection',
  async (state) => {
    const { write, remove, engine } = workshop()
    const raise = `await knex.raw("do $$ begin raise exception 'my own' using errcode = '${state}'; end $$")`
    write('002_b.cjs', custom(raise))
    const own = { migration: '002_b', message: 'my own', sqlState: state }
    expect(await engine().migrate({}, actor)).toMatchObject({ code: 'migration_failed', fields: own })
    remove('002_b.cjs')
    write('003_c.cjs', custom(raise, { transaction: false, repeatable: true }))
    expect(await engine().migrate({}, actor)).toMatchObject({
      code: 'migration_failed',
      fields: { ...own, migration: '003_c' },
    })
  },
)

test('a deadlock or serialization failure that goes on is told as what it is, once the budget is used up', async () => {
  const { write, engine } = workshop()
  write(
    '002_b.cjs',
    custom(`await knex.raw("do $$ begin raise exception 'again' using errcode = '40001'; end $$")`),
  )
  expect(await engine({ budgetMs: 1_000 }).migrate({}, actor)).toMatchObject({
    code: 'migration_failed',
    fields: { migration: '002_b', message: 'again', sqlState: '40001' },
  })
})

test('a migration that swallows an error is told what the error was', async () => {
  const { write, engine } = workshop()
  write('002_b.cjs', custom(`await knex.raw('select 1 / 0').catch(() => {}); await knex.raw('select 1')`))
  expect(await engine().migrate({}, actor)).toMatchObject({
    code: 'migration_failed',
    fields: { migration: '002_b', message: 'division by zero', sqlState: '22012' },
  })
})

test.each([
  ['undefined', 'it was rejected with undefined'],
  ['null', 'it was rejected with null'],
  [`'text'`, 'text'],
])('a migration that throws %s fails in plain words', async (thrown, message) => {
  const { write, engine } = workshop()
  write('002_b.cjs', `exports.up = () => { throw ${thrown} }`)
  expect(await engine().migrate({}, actor)).toMatchObject({ code: 'migration_failed', fields: { message } })
})
