import { readdirSync } from 'node:fs'
import { basename, join } from 'node:path'
import type { Knex } from 'knex'
import { catalogue } from './catalogue.js'
import { openSampleDatabase, type SampleDatabase } from './database.js'
import { samples, sampleSource } from './samples.js'

let database: SampleDatabase
let knex: Knex

beforeAll(async () => {
  database = await openSampleDatabase()
  knex = database.knex
})

afterAll(() => database.close())

/** As knex runs one: in a transaction, unless it says otherwise. */
function step(migration: Knex.Migration, direction: 'up' | 'down'): Promise<unknown> {
  const outside = (migration as { config?: { transaction?: boolean } }).config?.transaction === false
  const change = (on: Knex): PromiseLike<unknown> => migration[direction]?.(on) ?? Promise.resolve()
  return outside ? Promise.resolve(change(knex)) : knex.transaction(async (trx) => change(trx))
}

test('the list of samples holds exactly the files of migrations/', () => {
  const files = readdirSync(join(__dirname, '../../migrations'))
  expect(files.filter((file) => file.endsWith('.ts')).map((file) => basename(file, '.ts'))).toEqual([
    ...samples.keys(),
  ])
})

test('each migration goes up, its down leaves exactly what was there before, and it goes up again', async () => {
  for (const [name, migration] of samples) {
    const before = await catalogue(knex)
    await step(migration, 'up')
    const after = await catalogue(knex)
    await step(migration, 'down')
    expect({ name, left: await catalogue(knex) }).toEqual({ name, left: before })
    await step(migration, 'up')
    expect({ name, made: await catalogue(knex) }).toEqual({ name, made: after })
  }
  for (const migration of [...samples.values()].reverse()) await step(migration, 'down')
  expect(await catalogue(knex)).toEqual([])
})

test('knex applies them all in one batch, rolls all of them back, and applies them again', async () => {
  const [batch, applied] = (await knex.migrate.latest({ migrationSource: sampleSource })) as [
    number,
    string[],
  ]
  expect(batch).toBe(1)
  expect(applied).toHaveLength(samples.size)
  const whole = await catalogue(knex)

  await knex.migrate.rollback({ migrationSource: sampleSource }, true)
  expect(await catalogue(knex)).toEqual([])

  await knex.migrate.latest({ migrationSource: sampleSource })
  expect(await catalogue(knex)).toEqual(whole)
})
