import type { Knex } from 'knex'
import { columnsOfType, unindexedForeignKeys } from './catalogue.js'
import { openSampleDatabase, type SampleDatabase } from './database.js'
import { fileReturn } from './filing.js'
import { sampleSource } from './samples.js'

let database: SampleDatabase
let knex: Knex

beforeAll(async () => {
  database = await openSampleDatabase()
  knex = database.knex
  await knex.migrate.latest({ migrationSource: sampleSource })
})

afterAll(() => database.close())

test('every foreign key is served by an index', async () => {
  expect(await unindexedForeignKeys(knex)).toEqual([])
})

test('no column holds local time, a padded string or binary money', async () => {
  const unwanted = [
    'timestamp without time zone',
    'character varying',
    'character',
    'real',
    'double precision',
  ]
  expect(await columnsOfType(knex, [...unwanted, 'money', 'json'])).toEqual([])
})

test('every constraint is validated and every index is valid', async () => {
  const { rows } = await knex.raw<{ rows: { name: string }[] }>(`
    SELECT conname AS name FROM pg_constraint WHERE NOT convalidated
    UNION ALL SELECT indexrelid::regclass::text FROM pg_index WHERE NOT indisvalid`)
  expect(rows).toEqual([])
})

test('the calendar is whole, and closed days are paid on the last open day before them', async () => {
  const [days] = await knex('banking_days').count({ all: '*', filled: 'pay_by' })
  expect(days).toEqual({ all: '5844', filled: '5844' })
  const { rows } = await knex.raw<{ rows: unknown[] }>(`
    SELECT * FROM banking_days
    WHERE open <> (pay_by = day) OR day - pay_by > 2 OR extract(isodow FROM pay_by) > 5`)
  expect(rows).toEqual([])
})

test('the return adds itself up to the penny', async () => {
  const { submissionId } = await fileReturn(knex, '100000001')
  const row = await knex('submissions').where({ id: submissionId }).first('vat_due_total', 'vat_net')
  expect(row).toEqual({ vat_due_total: '200.30', vat_net: '150.00' })
})

test('an accepted return is owed by the Friday before its Sunday, until it is paid', async () => {
  const { businessId, submissionId } = await fileReturn(knex, '100000002')
  const owed = () =>
    knex('open_liabilities')
      .where({ submission_id: submissionId })
      .select(knex.raw('pay_by::text'), 'outstanding')
  const pay = (amount: string, reference: string) =>
    knex('payments').insert({
      business_id: businessId,
      submission_id: submissionId,
      amount,
      bank_reference: reference,
      received_on: '2023-05-04',
    })
  expect(await owed()).toEqual([{ pay_by: '2023-05-05', outstanding: '150.00' }])
  await pay('100.00', 'FP-1')
  expect(await owed()).toEqual([{ pay_by: '2023-05-05', outstanding: '50.00' }])
  await pay('50.00', 'FP-2')
  expect(await owed()).toEqual([])
})

test('a period holds one live return, and rejected ones beside it', async () => {
  const { periodId, userId } = await fileReturn(knex, '100000003')
  const again = (status: string) =>
    knex('submissions').insert({
      vat_period_id: periodId,
      submitted_by: userId,
      submitted_at: knex.fn.now(),
      status,
    })
  await again('rejected')
  await expect(again('submitted')).rejects.toMatchObject({ code: '23505' })
})

test('a payment names a return that exists', async () => {
  const { businessId } = await fileReturn(knex, '100000004')
  const payment = {
    business_id: businessId,
    submission_id: '999999999',
    amount: '1',
    bank_reference: 'FP-3',
    received_on: '2023-05-04',
  }
  await expect(knex('payments').insert(payment)).rejects.toMatchObject({ code: '23503' })
})

test('what was audited stays as it was written', async () => {
  const entry = { action: 'submission.accepted', subject_type: 'submission', subject_id: '1' }
  await knex('audit_entries').insert(entry)
  await expect(knex('audit_entries').update({ action: 'nothing' })).rejects.toMatchObject({ code: '23001' })
  await expect(knex('audit_entries').delete()).rejects.toMatchObject({ code: '23001' })
  await expect(knex.raw('TRUNCATE audit_entries')).rejects.toMatchObject({ code: '23001' })
})
