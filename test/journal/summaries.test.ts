import { actor, workshopForEach } from '../runs/workshop.js'
import { transactional } from '../runs/sources.js'
import { eventually } from '../support/processes.js'
import { kindsOf, recordsOf } from './records.js'

const workshop = workshopForEach()

const refusals = { code: 'unauthorized', status: 401, reason: 'wrong' } as const

test('a refused request opens no connection and creates nothing; its summary waits for a connection and a journal', async () => {
  const { write, engine, database } = workshop()
  const one = engine({ timings: { refusalsMs: 20 } })
  const connections = async () =>
    (
      await database.query(
        `select 1 from pg_stat_activity where application_name = 'sallyport' and datname = current_database()`,
      )
    ).length
  for (let i = 0; i < 100; i++) one.journal.refused({ ...refusals, address: `192.0.2.${i}` })
  await new Promise((settle) => setTimeout(settle, 100))
  expect(await connections()).toBe(0)
  await one.status()
  await new Promise((settle) => setTimeout(settle, 100))
  expect(await database.query(`select to_regclass('sallyport.journal') as there`)).toEqual([{ there: null }])
  write('001_a.cjs', transactional('a'))
  await one.migrate({}, actor)
  await eventually(async () => (await kindsOf(database)).includes('requests_refused'))
  const [summary] = (await recordsOf(database)).filter(({ kind }) => kind === 'requests_refused')
  expect(summary?.data).toMatchObject({
    total: 100,
    refusals: [
      {
        code: 'unauthorized',
        reason: 'wrong',
        count: 100,
        addresses: expect.any(Array),
        moreAddresses: true,
      },
    ],
  })
  expect((summary?.data['refusals'] as { addresses: string[] }[])[0]?.addresses).toHaveLength(5)
})

test('what is refused while a summary is being written is in the next one, at the latest when the engine closes', async () => {
  const { write, engine, database, session } = workshop()
  write('001_a.cjs', transactional('a'))
  const one = engine({ timings: { refusalsMs: 1 } })
  await one.migrate({}, actor)
  const reader = await session()
  await reader.query('begin; lock table sallyport.journal in exclusive mode')
  one.journal.refused(refusals)
  await eventually(async () =>
    (
      await database.query(
        `select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`,
      )
    ).some(Boolean),
  )
  one.journal.refused(refusals)
  one.journal.previousSecretUsed({ ...actor, credential: 'previous' })
  const closed = workshop().closeEngines()
  await reader.query('commit')
  await closed
  const told = (await recordsOf(database)).filter(({ kind }) => kind === 'requests_refused')
  expect(told.map(({ data }) => data['total'])).toEqual([1, 1])
  expect(await kindsOf(database)).toContain('previous_secret_used')
})

test('the previous secret’s use is noted once', async () => {
  const { write, engine, database } = workshop()
  write('001_a.cjs', transactional('a'))
  const one = engine()
  await one.migrate({}, actor)
  for (let i = 0; i < 3; i++) one.journal.previousSecretUsed({ ...actor, credential: 'previous' })
  await eventually(async () => (await kindsOf(database)).includes('previous_secret_used'))
  await workshop().closeEngines()
  const told = (await recordsOf(database)).filter(({ kind }) => kind === 'previous_secret_used')
  expect(told).toMatchObject([{ data: { address: '127.0.0.1', requestId: 'test' } }])
})
