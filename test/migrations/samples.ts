import type { Knex } from 'knex'

import * as createBusinesses from '../../migrations/20250106090000_create_businesses.js'
import * as createUsers from '../../migrations/20250106093000_create_users.js'
import * as createMemberships from '../../migrations/20250106100000_create_memberships.js'
import * as createVatPeriods from '../../migrations/20250113090000_create_vat_periods.js'
import * as createSubmissionStatus from '../../migrations/20250113100000_create_submission_status.js'
import * as createSubmissions from '../../migrations/20250120090000_create_submissions.js'
import * as createPayments from '../../migrations/20250127090000_create_payments.js'
import * as createAuditEntries from '../../migrations/20250203090000_create_audit_entries.js'
import * as createBankingDays from '../../migrations/20250210090000_create_banking_days.js'
import * as backfillBankingDays from '../../migrations/20250210100000_backfill_banking_days.js'
import * as addPaymentSubmission from '../../migrations/20250217090000_add_payment_submission.js'
import * as indexPaymentsBySubmission from '../../migrations/20250224090000_index_payments_by_submission.js'
import * as validatePaymentSubmission from '../../migrations/20250303090000_validate_payment_submission.js'
import * as createOpenLiabilities from '../../migrations/20250310090000_create_open_liabilities.js'
import * as createReceipts from '../../migrations/20250317090000_create_receipts.js'

/** The sample's migrations by name, in order. Imported statically: knex would `import()` them, which Jest cannot. */
export const samples: ReadonlyMap<string, Knex.Migration> = new Map<string, Knex.Migration>([
  ['20250106090000_create_businesses', createBusinesses],
  ['20250106093000_create_users', createUsers],
  ['20250106100000_create_memberships', createMemberships],
  ['20250113090000_create_vat_periods', createVatPeriods],
  ['20250113100000_create_submission_status', createSubmissionStatus],
  ['20250120090000_create_submissions', createSubmissions],
  ['20250127090000_create_payments', createPayments],
  ['20250203090000_create_audit_entries', createAuditEntries],
  ['20250210090000_create_banking_days', createBankingDays],
  ['20250210100000_backfill_banking_days', backfillBankingDays],
  ['20250217090000_add_payment_submission', addPaymentSubmission],
  ['20250224090000_index_payments_by_submission', indexPaymentsBySubmission],
  ['20250303090000_validate_payment_submission', validatePaymentSubmission],
  ['20250310090000_create_open_liabilities', createOpenLiabilities],
  ['20250317090000_create_receipts', createReceipts],
])

/** Gives knex the migrations under the file names that it would have recorded. */
export const sampleSource: Knex.MigrationSource<string> = {
  getMigrations: () => Promise.resolve([...samples.keys()]),
  getMigrationName: (name) => `${name}.ts`,
  getMigration(name) {
    const migration = samples.get(name)
    return migration ? Promise.resolve(migration) : Promise.reject(new Error(`no sample named ${name}`))
  },
}
