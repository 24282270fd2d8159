import type { Knex } from 'knex'

/** A return that the tax office accepted, with all that it hangs on. */
export interface Filed {
  readonly businessId: string
  readonly userId: string
  readonly periodId: string
  readonly submissionId: string
}

async function insert(knex: Knex, table: string, row: Record<string, unknown>): Promise<string> {
  const [created] = await knex<{ id: string }>(table).insert(row).returning('id')
  if (!created) throw new Error(`nothing was inserted into ${table}`)
  return created.id
}

/** Files one accepted return of 150.00 net, due on Sunday, 7 May 2023. */
export async function fileReturn(knex: Knex, vatNumber: string): Promise<Filed> {
  const businessId = await insert(knex, 'businesses', {
    legal_name: 'Harbour Bakery',
    vat_number: vatNumber,
    registered_on: '2021-04-01',
  })
  const userId = await insert(knex, 'users', { email: `${vatNumber}@bakery.example`, display_name: 'Owner' })
  const periodId = await insert(knex, 'vat_periods', {
    business_id: businessId,
    starts_on: '2023-01-01',
    ends_on: '2023-03-31',
    due_on: '2023-05-07',
  })
  const submissionId = await insert(knex, 'submissions', {
    vat_period_id: periodId,
    submitted_by: userId,
    submitted_at: '2023-04-20T09:00:00Z',
    status: 'accepted',
    vat_due_on_sales: '200.10',
    vat_due_on_acquisitions: '0.20',
    vat_reclaimed: '50.30',
  })
  return { businessId, userId, periodId, submissionId }
}
