import { createChecklist } from '../../src/check/look.js'
import { loadConfig } from '../../config/load.js'
import { configurationFrom } from '../../src/server/check-facts.js'
import { nonTransactional, transactional } from '../runs/sources.js'
import { actor, workshopForEach } from '../runs/workshop.js'
import { eventually } from '../support/processes.js'
import { disownJournal, migratorOf, type Migrator } from './migrator.js'
import { good, lookAt, says, type Looked } from './rig.js'

const workshop = workshopForEach()
let migrator: Migrator
beforeEach(async () => {
  migrator = await migratorOf(workshop())
})

/** The checklist of a replica that comes in as the role that migrates. */
async function look(env: Readonly<Record<string, string>> = {}): Promise<Looked> {
  return lookAt(env, workshop().engine({ url: migrator.url }))
}

async function migrate(): Promise<void> {
  await workshop().engine({ url: migrator.url }).migrate({}, actor)
}

test('a database as it should be passes every item, before the first run and after it', async () => {
  const amiss = async () =>
    (await look()).checklist.items.filter(({ status }) => status !== 'pass').map(({ id }) => id)
  expect(await amiss()).toEqual([])
  workshop().write('001_a.cjs', transactional('a'))
  await migrate()
  expect(await amiss()).toEqual(['journal_protected'])
  await disownJournal(workshop(), migrator)
  expect(await amiss()).toEqual([])
})

test('looking writes nothing, creates nothing and leaves no lock', async () => {
  const { database, write, closeEngines } = workshop()
  const traces = () =>
    database.query(
      `select (select json_agg(c.oid order by c.oid) from pg_class c where c.oid >= 16384) as relations,
         (select sum(n_tup_ins + n_tup_upd + n_tup_del) from pg_stat_user_tables) as writes,
         (select count(*) from pg_locks where locktype = 'advisory'
            and database = (select oid from pg_database where datname = current_database())) as locks`,
    )
  const empty = await traces()
  await look()
  expect(await traces()).toEqual(empty)
  write('001_a.cjs', transactional('a'))
  await migrate()
  await closeEngines()
  const applied = await traces()
  await look()
  await closeEngines()
  expect(await traces()).toEqual(applied)
})

test('a standby or a role that may only read fails', async () => {
  await workshop().database.query(`alter role ${migrator.name} set default_transaction_read_only = on`)
  expect((await look()).item('database_reachable')).toEqual(['fail', says('default_transaction_read_only')])
})

test('a superuser is warned of', async () => {
  const { item } = await lookAt({}, workshop().engine())
  expect(item('database_role')).toEqual(['warn', says('superuser')])
})

test('a role that could not create what a run needs gets the grants that help', async () => {
  const { database } = workshop()
  const { name } = migrator
  await database.query(`revoke create on database ${database.name} from ${name}`)
  await database.query(`revoke create on schema public from ${name}`)
  const grants = `GRANT USAGE, CREATE ON SCHEMA public TO ${name}; GRANT CREATE ON DATABASE ${database.name} TO ${name};`
  expect((await look()).item('database_role')).toEqual(['fail', says(grants)])
})

test("a role that may not write somebody else's tables gets the grants that help", async () => {
  const { write, engine } = workshop()
  write('001_a.cjs', transactional('a'))
  await engine().migrate({}, actor)
  const { item } = await look()
  expect(item('database_role')).toEqual([
    'fail',
    says(`GRANT USAGE ON SCHEMA sallyport TO ${migrator.name};`),
  ])
  expect(item('database_role')[1]).toContain(`GRANT SELECT, INSERT, UPDATE ON knex_migrations TO`)
  expect(item('pending')).toEqual(['warn', says('Not known')])
})

test('a search path that names no schema fails', async () => {
  await workshop().database.query(`alter role ${migrator.name} set search_path = nowhere`)
  expect((await look()).item('database_role')).toEqual(['fail', says('search path')])
})

test('direct, timeouts of statements and locks are lifted by each run; others are warned of', async () => {
  const { database } = workshop()
  const { name } = migrator
  await database.query(`alter role ${name} set statement_timeout = '30s'`)
  await database.query(`alter database ${database.name} set lock_timeout = '2s'`)
  const { item } = await look()
  expect(item('database_pooler')).toEqual(['pass', says('Direct')])
  expect(item('database_timeouts')).toEqual(['pass', says('statement_timeout = 30000 ms (user)')])
  await database.query(`alter database ${database.name} set idle_session_timeout = '1min'`)
  expect((await look()).item('database_timeouts')).toEqual([
    'warn',
    says(`ALTER ROLE ${name} SET idle_session_timeout = 0;`),
  ])
})

test('an INVALID index is named', async () => {
  const { database } = workshop()
  await database.query('create table busy (id int)')
  await database.query('insert into busy values (1), (1)')
  await expect(database.query('create unique index concurrently "Twice" on busy (id)')).rejects.toThrow(
    'unique',
  )
  expect((await look()).item('invalid_indexes')).toEqual(['warn', says('public."Twice"')])
})

test('the lock row of knex is to be there once, and free', async () => {
  const { database, write } = workshop()
  write('001_a.cjs', transactional('a'))
  await migrate()
  const lock = async (sql: string) => {
    await database.query(sql)
    return (await look()).item('knex_lock')
  }
  expect(await lock('update knex_migrations_lock set is_locked = 1')).toEqual([
    'fail',
    says('sallyport unlock'),
  ])
  expect(await lock('insert into knex_migrations_lock (is_locked) values (0)')).toEqual([
    'fail',
    says('2 rows'),
  ])
  expect(await lock('delete from knex_migrations_lock')).toEqual(['fail', says('missing')])
})

test('the lock row that a run under way holds is in order', async () => {
  const { write, engine, session, database } = workshop()
  await database.query('create table busy (id int)')
  await database.query(`alter table busy owner to ${migrator.name}`)
  write('001_a.cjs', nonTransactional('a', 'alter table busy add b int'))
  const blocker = await session()
  await blocker.query('begin; select * from busy')
  const outcome = engine({ url: migrator.url }).migrate({}, actor)
  await eventually(async () => (await look()).item('knex_lock')[1].includes('under way'))
  expect((await look()).item('knex_lock')).toEqual(['pass', says('under way')])
  await blocker.query('rollback')
  expect(await outcome).toMatchObject({ status: 'applied' })
})

test('who locks a table of ours delays the look for a moment only, and no other item is lost', async () => {
  const { write, session } = workshop()
  write('001_a.cjs', transactional('a'))
  await migrate()
  const blocker = await session()
  await blocker.query('begin; lock table knex_migrations_lock in access exclusive mode')
  const { item } = await look()
  expect(item('knex_lock')).toEqual(['warn', says('Not known: canceling statement due to lock timeout')])
  expect(item('invalid_indexes')[0]).toBe('pass')
})

test('who looks while somebody looks gets the same look', async () => {
  const { engine, root } = workshop()
  let looks = 0
  const bare = engine()
  const counted = { status: bare.status, inspect: () => ((looks += 1), bare.inspect()) }
  const loaded = loadConfig(good, { cwd: root })
  const configuration = () => configurationFrom({ env: good, cwd: root, loaded, passwords: [] })
  const checklist = createChecklist({ configuration, engine: counted, drift: 'warn', redact: (text) => text })
  const [one, two] = await Promise.all([checklist(), checklist()])
  expect([looks, one === two]).toEqual([1, true])
  await checklist()
  expect(looks).toBe(2)
})
