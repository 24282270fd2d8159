import type pg from 'pg'
import { migrationOf } from '../support/project.js'
import { actor, workshopForEach, type Workshop } from './workshop.js'

const opened = workshopForEach()
let workshop: Workshop

beforeEach(() => {
  workshop = opened()
  for (const name of ['001_a', '002_b', '003_c']) workshop.write(`${name}.js`, migrationOf('select 1'))
})

/** What somebody else may do to the tables between two calls of a process that has read them, and what the second must say. */
const changes: readonly [string, string, object][] = [
  [
    'a row is removed',
    `delete from knex_migrations where name = '003_c.js'`,
    { applied: 2, pending: ['003_c'] },
  ],
  [
    'a row is added',
    `insert into knex_migrations (name, batch) values ('004_d.js', 2)`,
    { applied: 4, ahead: ['004_d'] },
  ],
  [
    'a row is renamed',
    `update knex_migrations set name = '003_d.js' where name = '003_c.js'`,
    { applied: 3, pending: ['003_c'] },
  ],
  [
    'two rows exchange their names',
    `update knex_migrations set name = case name when '001_a.js' then '009_z.js' else '001_a.js' end where id < 3`,
    { applied: 3, pending: ['002_b'], ahead: ['009_z'] },
  ],
  [
    'a checksum is another',
    `update sallyport.migrations set checksum = 'sha256:0' where name = '002_b'`,
    { drift: [expect.objectContaining({ name: '002_b', kind: 'edited' })] },
  ],
  [
    'what is known of a migration is gone',
    `delete from sallyport.migrations where name = '001_a'`,
    { outside: ['001_a'] },
  ],
  [
    'all rows are gone',
    `truncate knex_migrations`,
    { applied: 0, pending: ['001_a', '002_b', '003_c'], outside: ['001_a', '002_b', '003_c'] },
  ],
]

test.each(changes)('a process that has read the state before sees that %s', async (_, sql, expected) => {
  const engine = workshop.engine()
  await engine.migrate({}, actor)
  for (let times = 0; times < 8; times += 1) {
    expect(await engine.status()).toMatchObject({ upToDate: true, applied: 3, drift: [], outside: [] })
  }
  await workshop.database.query(sql)
  expect(await engine.status()).toMatchObject(expected)
  expect(await engine.status()).toMatchObject(expected)
})

test('tables that are dropped and made anew are read anew', async () => {
  const engine = workshop.engine()
  await engine.migrate({}, actor)
  expect(await engine.status()).toMatchObject({ applied: 3 })
  await workshop.database.query('drop schema sallyport cascade')
  await workshop.database.query('drop table knex_migrations, knex_migrations_lock')
  expect(await engine.status()).toMatchObject({ applied: 0, outside: [], journal: null })
  expect(await engine.migrate({}, actor)).toMatchObject({ status: 'applied' })
  expect(await engine.status()).toMatchObject({ applied: 3, upToDate: true })
})

test('a column of the migrations table that becomes wider ends no reading', async () => {
  const engine = workshop.engine()
  await engine.migrate({}, actor)
  await engine.status()
  await workshop.database.query(
    'alter table knex_migrations alter name type text, alter batch type bigint, alter id type bigint',
  )
  expect(await engine.status()).toMatchObject({ applied: 3, upToDate: true })
})

test('an edited file is seen by a process that has looked at it before', async () => {
  const engine = workshop.engine()
  await engine.migrate({}, actor)
  for (let times = 0; times < 3; times += 1) await engine.status()
  workshop.write('002_b.js', migrationOf('select 2'))
  expect(await engine.status()).toMatchObject({ drift: [{ name: '002_b', kind: 'edited' }] })
  workshop.write('002_b.js', migrationOf('select 1'))
  expect(await engine.status()).toMatchObject({ drift: [] })
  workshop.remove('002_b.js')
  expect(await engine.status()).toMatchObject({ drift: [{ name: '002_b', kind: 'missing' }] })
})

test('the reading is planned once, and goes on without that where the server has forgotten the plan', async () => {
  const connections: pg.Client[] = []
  const afterCreate = (connection: pg.Client, done: (error: null, connection: pg.Client) => void): void => {
    connections.push(connection)
    done(null, connection)
  }
  const engine = workshop.engine({ knex: { pool: { afterCreate } } })
  await engine.migrate({}, actor)
  await engine.status()
  const [control] = connections
  const kept = async () =>
    (await control?.query<{ name: string }>('select name from pg_prepared_statements'))?.rows
  expect(await kept()).toEqual([{ name: 'sallyport_state' }])
  await control?.query('deallocate all')
  workshop.write('004_d.js', migrationOf('select 4'))
  expect(await engine.status()).toMatchObject({ applied: 3, pending: ['004_d'] })
  expect(await engine.migrate({}, actor)).toMatchObject({ status: 'applied' })
  expect(await engine.status()).toMatchObject({ applied: 4, upToDate: true })
  expect(await kept()).toEqual([])
})
