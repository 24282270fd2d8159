import type { Knex } from 'knex'

/** What each business still owes, or is owed, on the returns that the tax office has accepted. */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    CREATE VIEW open_liabilities AS
    SELECT periods.business_id, submissions.id AS submission_id, periods.due_on,
      -- A due date beyond the calendar stands as it is.
      coalesce(banking_days.pay_by, periods.due_on) AS pay_by,
      submissions.vat_net - coalesce(paid.amount, 0) AS outstanding
    FROM submissions
    JOIN vat_periods AS periods ON periods.id = submissions.vat_period_id
    LEFT JOIN banking_days ON banking_days.day = periods.due_on
    LEFT JOIN LATERAL (
      SELECT sum(payments.amount) AS amount FROM payments WHERE payments.submission_id = submissions.id
    ) AS paid ON true
    WHERE submissions.status = 'accepted' AND submissions.vat_net <> coalesce(paid.amount, 0)`)
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw('DROP VIEW open_liabilities')
}
