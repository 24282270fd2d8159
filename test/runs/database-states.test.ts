import { createServer, type AddressInfo, type Server } from 'node:net'
import type { RunView } from '../../src/runs/engine.js'
import { actor, workshopForEach } from './workshop.js'
import { repeatable, sleep, transactional } from './sources.js'

const workshop = workshopForEach()

beforeEach(() => {
  workshop().write('001_a.cjs', transactional('a', 'create table a (id int)'))
})

/** The database's URL with something of it changed. */
function url(change: (url: URL) => void): string {
  const changed = new URL(workshop().database.url)
  change(changed)
  return changed.href
}

/** Asked every way, the answer is the same and comes soon. */
async function expectFailure(where: string, failure: object): Promise<void> {
  const one = workshop().engine({ url: where })
  const startedAt = performance.now()
  for (const answer of [
    await one.migrate({}, actor),
    await one.status(),
    await one.migrate({ dryRun: true }, actor),
  ]) {
    expect(answer).toMatchObject({ status: 'failed', ...failure })
    expect(JSON.stringify((answer as { detail: string }).detail)).not.toContain('wrong-password')
  }
  expect(performance.now() - startedAt).toBeLessThan(30_000)
}

test('a server that is down is told as unavailable, with its place', async () => {
  await expectFailure('postgres://nobody:wrong-password@127.0.0.1:1/none', {
    code: 'database_unavailable',
    detail: expect.stringContaining('ECONNREFUSED at 127.0.0.1:1'),
  })
})

test('a server that takes the connection and says nothing is told as unavailable within ten seconds', async () => {
  const silent = await new Promise<Server>((resolve) => {
    const server = createServer((socket) => void socket.on('error', () => {})).listen(0, '127.0.0.1', () =>
      resolve(server),
    )
  })
  const { port } = silent.address() as AddressInfo
  const startedAt = performance.now()
  const outcome = await workshop()
    .engine({ url: `postgres://nobody@127.0.0.1:${port}/none` })
    .migrate({}, actor)
  expect(outcome).toMatchObject({ code: 'database_unavailable' })
  expect(performance.now() - startedAt).toBeLessThan(10_000)
  silent.close()
})

test('a wrong password is told with where to set the right one', async () => {
  const { url: right } = await workshop().role()
  const wrong = new URL(right)
  wrong.password = 'wrong-password'
  await expectFailure(wrong.href, {
    code: 'database_misconfigured',
    detail: expect.stringContaining('MIGRATION_DATABASE_URL'),
    fields: { sqlState: '28P01' },
  })
})

test('a database that does not exist is told', async () => {
  await expectFailure(
    url((to) => (to.pathname = '/no_such_database')),
    { code: 'database_misconfigured', fields: { sqlState: '3D000' } },
  )
})

test('a role that may create nothing is told which grant helps, and nothing is applied', async () => {
  const { url: where } = await workshop().role()
  expect(await workshop().engine({ url: where }).migrate({}, actor)).toMatchObject({
    code: 'database_misconfigured',
    detail: expect.stringMatching(/GRANT CREATE ON DATABASE/),
    fields: { sqlState: '42501' },
  })
})

test('a role without a connection left is told that a run needs two', async () => {
  const { name, url: where } = await workshop().role()
  const { database } = workshop()
  await database.query(`grant all on database ${database.name} to ${name}`)
  await database.query(`grant all on schema public to ${name}`)
  for (const limit of [0, 1]) {
    await database.query(`alter role ${name} connection limit ${limit}`)
    expect(await workshop().engine({ url: where }).migrate({}, actor)).toMatchObject({
      code: 'database_unavailable',
      detail: expect.stringContaining('two'),
      fields: { sqlState: '53300' },
    })
    await workshop().closeEngines()
  }
  expect(await database.query(`select to_regclass('knex_migrations') as t`)).toEqual([{ t: null }])
  await database.query(`alter role ${name} connection limit 2`)
  expect(await workshop().engine({ url: where }).migrate({}, actor)).toMatchObject({ status: 'applied' })
})

test('a read-only database is told as unavailable, and nothing is written', async () => {
  const { database, engine } = workshop()
  const connectedBefore = engine()
  await connectedBefore.status()
  await database.query(`alter database ${database.name} set default_transaction_read_only = on`)
  expect(await engine().migrate({}, actor)).toMatchObject({
    code: 'database_unavailable',
    detail: expect.stringContaining('read-only'),
    fields: { sqlState: '25006' },
  })
  expect(await connectedBefore.migrate({}, actor)).toMatchObject({ code: 'database_unavailable' })
  expect(await engine().status()).toMatchObject({ pending: ['001_a'] })
  expect(await database.query(`select nspname from pg_namespace where nspname = 'sallyport'`)).toEqual([])
})

test('timeouts that a role carries neither end the run nor the wait for it', async () => {
  const { database, engine, write, warnings } = workshop()
  const [server] = await database.query<{ version: number }>(
    `select current_setting('server_version_num')::int as version`,
  )
  for (const setting of [
    ...((server?.version ?? 0) >= 170_000 ? ['transaction_timeout = 1000'] : []),
    'statement_timeout = 1000',
    'lock_timeout = 500',
    'idle_in_transaction_session_timeout = 1000',
    'idle_session_timeout = 1500',
    `default_transaction_isolation = 'serializable'`,
  ])
    await database.query(`alter database ${database.name} set ${setting}`)
  write('002_b.cjs', repeatable('b', sleep(1.2), 'create index concurrently if not exists b on a (id)'))
  write('003_c.cjs', transactional('c', sleep(1.2)))
  const outcomes = await Promise.all([engine(), engine()].map((one) => one.migrate({}, actor)))
  expect(outcomes).toMatchObject([{ status: 'applied' }, { status: 'applied' }])
  expect(warnings).toEqual([])
})

test('an odd time zone, date style and string syntax change nothing', async () => {
  const { database, engine } = workshop()
  for (const setting of [
    `timezone = 'Asia/Kathmandu'`,
    `datestyle = 'German, DMY'`,
    `intervalstyle = 'sql_standard'`,
    'standard_conforming_strings = off',
    `search_path = 'public'`,
    'bytea_output = escape',
  ])
    await database.query(`alter database ${database.name} set ${setting}`).catch(() => undefined) // 19 has no choice of strings
  const one = engine()
  const before = Date.now()
  expect(await one.migrate({}, actor)).toMatchObject({ status: 'applied' })
  const [run] = (await one.runs(1)) as unknown as [RunView]
  expect(Math.abs(Date.parse(run.startedAt) - before)).toBeLessThan(60_000)
  expect(run.durationMs).toBeLessThan(30_000)
  expect(await one.status()).toMatchObject({ upToDate: true, drift: [] })
})

test('a schema of an odd name holds the bookkeeping', async () => {
  const { database, engine } = workshop()
  const schema = `Odd "name'; drop table a; --\\`
  const one = engine({ schema })
  expect(await one.migrate({}, actor)).toMatchObject({ status: 'applied' })
  expect(await one.runs(1)).toHaveLength(1)
  expect(await database.query(`select 1 from pg_namespace where nspname = $1`, [schema])).toHaveLength(1)
})

test('bookkeeping that was dropped is made again, and what knex has recorded stays applied', async () => {
  const { database, engine, write } = workshop()
  const one = engine()
  await one.migrate({}, actor)
  await database.query('drop schema sallyport cascade')
  expect(await one.migrate({}, actor)).toMatchObject({ status: 'up_to_date' })
  write('002_b.cjs', transactional('b'))
  expect(await one.migrate({}, actor)).toMatchObject({ applied: [{ name: '002_b' }] })
})
