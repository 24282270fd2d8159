import pg from 'pg'
import { eventually, runCli } from '../support/processes.js'
import type { Status } from '../../src/runs/engine.js'
import { ask } from '../../torture/ask.js'
import { serverEnvironment, startServer } from '../support/server.js'
import { migrationOf } from '../support/project.js'
import { openPair, type Pair } from '../support/standby.js'
import { actor, workshopForEach } from './workshop.js'
import { transactional } from './sources.js'

const workshop = workshopForEach()
const limitMs = 120_000
let pair: Pair

beforeAll(async () => {
  pair = await openPair()
}, limitMs)
afterAll(() => pair.close(), limitMs)

const readOnly = {
  code: 'database_unavailable',
  detail: expect.stringContaining('read-only'),
  fields: { sqlState: '25006' },
}

test(
  'a standby, whose snapshots name no transaction that goes on, sees what is committed between an older and a younger one',
  async () => {
    const { write, engine } = workshop()
    for (const name of ['001_a', '002_b']) write(`${name}.js`, migrationOf('select 1'))
    await ask(pair.primary, 'create table other (id int)')
    expect(await engine({ url: pair.primary }).migrate({}, actor)).toMatchObject({ status: 'applied' })
    const here = engine({ url: pair.standby })
    await eventually(async () => ((await here.status()) as Status).upToDate)

    const sessions = [0, 1, 2].map(() => new pg.Client({ connectionString: pair.primary }))
    for (const session of sessions) session.on('error', () => undefined)
    const [older, remover, younger] = sessions as [pg.Client, pg.Client, pg.Client]
    for (const session of sessions) {
      await session.connect()
      await session.query('begin; insert into other values (1)')
    }
    await remover.query(`delete from knex_migrations where name = '002_b.js'`)
    await younger.query('commit')
    await eventually(async () => (await ask(pair.standby, 'select from other')).length === 1)
    expect(await here.status()).toMatchObject({ upToDate: true })
    await remover.query('commit')
    await eventually(async () => (await ask(pair.standby, 'select from other')).length === 2)
    expect(await here.status()).toMatchObject({ pending: ['002_b'] })

    await older.query('commit')
    for (const session of sessions) await session.end()
    await ask(pair.primary, 'drop schema sallyport cascade')
    await ask(pair.primary, 'drop table knex_migrations, knex_migrations_lock, other')
    await eventually(async () => ((await here.status()) as Status).applied === 0)
  },
  limitMs,
)

test(
  'a hot standby reads and says that it is read-only; once promoted, the next call completes',
  async () => {
    const { root, write, engine } = workshop()
    write('001_a.cjs', transactional('a'))
    const here = engine({ url: pair.standby })
    expect(await here.migrate({}, actor)).toMatchObject(readOnly)
    expect(await here.status()).toMatchObject({ upToDate: false, pending: ['001_a'] })
    expect(await ask(pair.primary, `select to_regnamespace('sallyport') as s`)).toEqual([{ s: null }])

    expect(await engine({ url: pair.primary }).migrate({}, actor)).toMatchObject({ status: 'applied' })
    await eventually(async () => ((await here.status()) as Status).upToDate)
    expect(await here.migrate({}, actor)).toMatchObject({ status: 'up_to_date' })

    write('002_b.cjs', transactional('b'))
    expect(await here.migrate({}, actor)).toMatchObject(readOnly)
    const environment = serverEnvironment(pair.standby)
    expect((await runCli(['migrate'], { cwd: root, env: environment })).code).toBe(5)
    const server = await startServer(environment, { cwd: root })
    expect(await server.migrate()).toMatchObject({ status: 503, body: { code: 'database_unavailable' } })
    expect((await server.probe('readyz'))[0]).toBe(503)
    expect((await server.probe('livez'))[0]).toBe(200)
    expect(await ask(pair.primary, 'select name from knex_migrations')).toEqual([{ name: '001_a.cjs' }])
    expect(await ask(pair.primary, 'select status from sallyport.runs')).toEqual([{ status: 'applied' }])

    await pair.promote()
    expect((await server.migrate()).status).toBe(200)
    await eventually(async () => (await server.probe('readyz'))[0] === 200)
    expect(await here.migrate({}, actor)).toMatchObject({ status: 'up_to_date' })
    expect(await ask(pair.standby, 'select name from tally')).toEqual([{ name: 'a' }, { name: 'b' }])
  },
  limitMs,
)
