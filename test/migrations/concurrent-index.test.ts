import type { Knex } from 'knex'
import { config, up } from '../../migrations/20250224090000_index_payments_by_submission.js'
import { openSampleDatabase, type SampleDatabase } from './database.js'
import { sampleSource } from './samples.js'

const index = 'payments_submission_id_idx'
let database: SampleDatabase
let knex: Knex

beforeAll(async () => {
  database = await openSampleDatabase()
  knex = database.knex
  await knex.migrate.latest({ migrationSource: sampleSource })
})

afterAll(() => database.close())

/** `undefined` where there is no such index. */
async function valid(): Promise<boolean | undefined> {
  const { rows } = await knex.raw<{ rows: { indisvalid: boolean }[] }>(
    'SELECT indisvalid FROM pg_index WHERE indexrelid = to_regclass(?)',
    [index],
  )
  return rows[0]?.indisvalid
}

/** Interrupts a build as it happens in practice: it waits for an open transaction that has written to the table. */
async function leaveInvalidIndex(): Promise<void> {
  await knex.raw(`DROP INDEX CONCURRENTLY IF EXISTS ${index}`)
  await knex.transaction(async (writer) => {
    await writer.raw('LOCK TABLE payments IN ROW EXCLUSIVE MODE')
    const builder = database.connect()
    await builder.raw("SET lock_timeout = '50ms'")
    const build = builder.raw(`CREATE INDEX CONCURRENTLY ${index} ON payments (submission_id)`)
    await expect(build).rejects.toMatchObject({ code: '55P03' })
  })
}

test('it declares itself repeatable, outside a transaction', () => {
  expect(config).toEqual({ transaction: false, repeatable: true })
})

test('it may be run again over its own result', async () => {
  await up(knex)
  expect(await valid()).toBe(true)
})

test('it replaces the INVALID index that an interrupted build left', async () => {
  await leaveInvalidIndex()
  expect(await valid()).toBe(false)
  await up(knex)
  expect(await valid()).toBe(true)
})

test('without the clearing, IF NOT EXISTS would have taken the INVALID index for done', async () => {
  await leaveInvalidIndex()
  await knex.raw(`CREATE INDEX CONCURRENTLY IF NOT EXISTS ${index} ON payments (submission_id)`)
  expect(await valid()).toBe(false)
  await up(knex)
})
