import knexFactory, { type Knex } from 'knex'
import { createIndexConcurrently, dropIndexConcurrently } from '../../src/postgres/index-concurrently.js'
import { createDatabase, type TestDatabase } from '../support/database.js'

let database: TestDatabase
let knex: Knex

beforeEach(async () => {
  database = await createDatabase()
  knex = knexFactory({ client: 'pg', connection: database.url, pool: { min: 0, max: 1 } })
  await knex.raw('create table payments (id int, amount int, note text)')
})
afterEach(async () => {
  await knex.destroy()
  await database.drop()
})

const index = { name: 'payments_by_id', table: 'payments', columns: ['id'] }

async function indexes(): Promise<Record<string, boolean>> {
  const rows = await database.query<{ name: string; valid: boolean }>(
    `select c.relname as name, i.indisvalid as valid from pg_index i join pg_class c on c.oid = i.indexrelid
     where i.indrelid = 'payments'::regclass order by 1`,
  )
  return Object.fromEntries(rows.map(({ name, valid }) => [name, valid]))
}

test('an index is built, may be asked for again, and is dropped', async () => {
  await createIndexConcurrently(knex, index)
  await createIndexConcurrently(knex, index)
  expect(await indexes()).toEqual({ payments_by_id: true })
  await dropIndexConcurrently(knex, index)
  await dropIndexConcurrently(knex, index)
  expect(await indexes()).toEqual({})
})

test('what a failed build left INVALID is dropped and built again', async () => {
  await knex.raw('insert into payments values (1), (1)')
  await expect(createIndexConcurrently(knex, { ...index, unique: true })).rejects.toThrow(/duplicate|unique/)
  expect(await indexes()).toEqual({ payments_by_id: false })
  await knex.raw('delete from payments')
  await createIndexConcurrently(knex, { ...index, unique: true })
  expect(await indexes()).toEqual({ payments_by_id: true })
})

test('expressions, a method, included columns and a predicate are taken over', async () => {
  await createIndexConcurrently(knex, {
    ...index,
    columns: [knex.raw('(amount % ?)', [7]), 'id'],
    using: 'btree',
    include: ['note'],
    where: knex.raw('note <> ?', ['what?']),
  })
  const [row] = await database.query<{ indexdef: string }>(
    "select indexdef from pg_indexes where indexname = 'payments_by_id'",
  )
  expect(row?.indexdef).toMatch(
    /\(\(\(?amount % 7\)?\), id\) INCLUDE \(note\) WHERE \(note <> 'what\?'::text\)/,
  )
})

test('inside a transaction it is refused with the configuration that helps', async () => {
  await expect(knex.transaction((trx) => createIndexConcurrently(trx, index))).rejects.toThrow(
    'transaction: false, repeatable: true',
  )
})

test('a table that is not there is named', async () => {
  await expect(createIndexConcurrently(knex, { ...index, table: 'nope' })).rejects.toThrow(
    'there is no table "nope"',
  )
})
