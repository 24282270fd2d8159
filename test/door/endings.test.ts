import { transactional } from '../runs/sources.js'
import { listen } from './listener.js'
import { gated, replicasForEach } from './replicas.js'

const replicas = replicasForEach()

const outcomeOf = (runId: string) => `GET /api/migrate/runs/${runId}/outcome`

test('DELETE on another replica: exactly that run is rolled back, and every replica says so', async () => {
  const { write, open, arrived, database } = replicas()
  write('001_a.cjs', transactional('a'))
  write('002_b.cjs', gated())
  const [here, there] = [await open(), await open()]
  const post = await listen(here.port, '/api/migrate', { method: 'POST' })
  const runId = String((await post.until(({ event }) => event === 'run')).data['runId'])
  await arrived()
  const reply = await there.send(`DELETE /api/migrate/runs/${runId}`)
  expect([reply.status, reply.headers['location'], reply.json]).toMatchObject([
    202,
    `/api/migrate/runs/${runId}`,
    { runId, status: 'running', cancellation: 'requested' },
  ])
  expect((await post.all()).at(-1)).toMatchObject({
    event: 'done',
    data: { code: 'cancelled', status: 409, applied: [], rolledBack: ['001_a', '002_b'] },
  })
  for (const replica of [here, there]) {
    const outcome = await replica.send(outcomeOf(runId))
    expect([outcome.status, outcome.json]).toMatchObject([
      409,
      { code: 'cancelled', runId, rolledBack: ['001_a', '002_b'], success: false },
    ])
    const run = await replica.send(`GET /api/migrate/runs/${runId}`)
    expect(run.json).toMatchObject({ status: 'cancelled', cancellation: 'done' })
  }
  expect(await database.query('select name from knex_migrations')).toEqual([])
})

test.each([
  ['that was applied', transactional('a'), 200, { status: 'applied', success: true }],
  [
    'that had failed',
    transactional('a', 'select 1 / 0'),
    409,
    { code: 'migration_failed', sqlState: '22012' },
  ],
])('DELETE of a run %s came too late, and its outcome says that', async (_, source, status, told) => {
  const { write, open } = replicas()
  write('001_a.cjs', source)
  const [here, there] = [await open(), await open()]
  const done = (await (await listen(here.port, '/api/migrate', { method: 'POST' })).all()).at(-1)
  const runId = String(done?.data['runId'])
  expect((await there.send(outcomeOf(runId))).json).not.toHaveProperty('cancellation')
  const reply = await there.send(`DELETE /api/migrate/runs/${runId}`)
  expect([reply.status, reply.json]).toMatchObject([202, { cancellation: 'too_late' }])
  for (const replica of [here, there]) {
    const outcome = await replica.send(outcomeOf(runId))
    expect([outcome.status, outcome.json]).toMatchObject([status, { ...told, cancellation: 'too_late' }])
    expect((await replica.send(`GET /api/migrate/runs/${runId}`)).json['cancellation']).toBe('too_late')
  }
})

describe('GET …/runs', () => {
  const idsOf = (json: Record<string, unknown>) =>
    (json['runs'] as { runId: string }[]).map(({ runId }) => runId)

  test('lists the newest first, of every replica, as many as were asked for', async () => {
    const { write, open } = replicas()
    const [here, there] = [await open(), await open()]
    const ids: string[] = []
    for (const [index, replica] of [here, there, here].entries()) {
      write(`00${index + 1}_m.cjs`, transactional(`m${index}`))
      ids.unshift(
        String(
          (await (await listen(replica.port, '/api/migrate', { method: 'POST' })).all()).at(-1)?.data[
            'runId'
          ],
        ),
      )
    }
    const list = async (query: string) => idsOf((await there.send(`GET /api/migrate/runs${query}`)).json)
    expect(await list('')).toEqual(ids)
    expect(await list('?limit=1')).toEqual(ids.slice(0, 1))
    expect(await list('?limit=2')).toEqual(ids.slice(0, 2))
    expect(await list('?limit=200')).toEqual(ids)
  })

  test.each(['0', '201', '1000', '-1', '+1', '01', '1.5', '1e2', 'all', '', '١', '1&limit=2'])(
    'limit=%s is refused',
    async (limit) => {
      const reply = await (await replicas().open()).send(`GET /api/migrate/runs?limit=${encodeURI(limit)}`)
      expect([reply.status, reply.json]).toMatchObject([
        400,
        { code: 'invalid_option', errors: [{ parameter: 'limit' }] },
      ])
    },
  )

  test('fifty are listed where nothing is said', async () => {
    const { open, database, write } = replicas()
    const replica = await open()
    write('001_a.cjs', transactional('a'))
    await (await listen(replica.port, '/api/migrate', { method: 'POST' })).all()
    const columns = await database.query<{ column_name: string }>(
      `select column_name from information_schema.columns
       where table_schema = 'sallyport' and table_name = 'runs' and column_name <> 'id'`,
    )
    const names = columns.map(({ column_name }) => `"${column_name}"`).join(', ')
    await database.query(
      `insert into sallyport.runs (id, ${names})
       select gen_random_uuid(), ${names} from sallyport.runs, generate_series(1, 250)`,
    )
    expect(idsOf((await replica.send('GET /api/migrate/runs')).json)).toHaveLength(50)
    expect(idsOf((await replica.send('GET /api/migrate/runs?limit=200')).json)).toHaveLength(200)
  })
})
