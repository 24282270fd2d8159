import { eventually } from '../support/processes.js'
import { actor, workshopForEach } from './workshop.js'
import { custom, nonTransactional } from './sources.js'

const workshop = workshopForEach()

const applied = () => workshop().database.query('select name from knex_migrations')

/** What cursors, query streams and COPY are to the driver: a query of their own making. */
const ownQuery = (sql: string, then: string) => `const wire = await knex.client.acquireConnection()
    const query = wire.query(new knex.client.driver.Query(${JSON.stringify(sql)}))
    await knex.client.releaseConnection(wire)
    ${then}`

test.each([
  ['in a transaction', undefined],
  ['outside', { transaction: false, repeatable: true }],
])('a query of its own making, %s, that a migration does not await is found out', async (_, config) => {
  workshop().write('001_a.cjs', custom(ownQuery('select pg_sleep(0.3)', ''), config))
  expect(await workshop().engine().migrate({}, actor)).toMatchObject({
    code: 'migration_failed',
    fields: { migration: '001_a', message: expect.stringContaining('await') },
  })
  expect(await applied()).toEqual([])
  workshop().remove('001_a.cjs')
  workshop().write(
    '002_b.cjs',
    custom(ownQuery('create table a ()', `await new Promise((done) => query.on('end', done))`), config),
  )
  expect(await workshop().engine().migrate({}, actor)).toMatchObject({ status: 'applied' })
})

test.each([
  ['in a transaction', undefined],
  ['outside', { transaction: false, repeatable: true }],
])(
  'a query of its own making, %s, to whose error nobody listens, fails the migration and not the process',
  async (_, config) => {
    const waiting = 'await new Promise((done) => setTimeout(done, 100))'
    workshop().write('001_a.cjs', custom(ownQuery('select 1 / 0', waiting), config))
    expect(await workshop().engine().migrate({}, actor)).toMatchObject({
      code: 'migration_failed',
      fields: { migration: '001_a', message: 'division by zero', sqlState: '22012' },
    })
  },
)

test.each([
  ['in a transaction', undefined],
  ['outside', { transaction: false, repeatable: true }],
])('a cursor that nobody reads to its end, %s, is refused and holds nothing', async (_, config) => {
  const { write, remove, engine, database } = workshop()
  // What pg-cursor does: a portal is opened, and left after a few rows.
  const leaving = `const wire = await knex.client.acquireConnection()
    await new Promise((read, failed) => wire.query({
      submit: (connection) => {
        connection.parse({ text: 'select generate_series(1, 100)' }, true)
        connection.bind({}, true)
        connection.execute({ rows: 10 }, true)
        connection.flush()
      },
      handleDataRow() {}, handleRowDescription() {}, handleReadyForQuery() {},
      handlePortalSuspended: read, handleError: failed,
    }))
    await knex.client.releaseConnection(wire)`
  write('002_b.cjs', custom(leaving, config))
  expect(await engine().migrate({}, actor)).toMatchObject({
    code: 'migration_failed',
    fields: { migration: '002_b', message: expect.stringContaining('an `await` or `return` is missing') },
  })
  const running = `select from pg_stat_activity where datname = current_database() and query like '%generate_series%' and pid <> pg_backend_pid()`
  await eventually(async () => (await database.query(running)).length === 0)
  remove('002_b.cjs')
  write('003_c.cjs', nonTransactional('c'))
  expect(await engine().migrate({}, actor)).toMatchObject({ status: 'applied' })
})
