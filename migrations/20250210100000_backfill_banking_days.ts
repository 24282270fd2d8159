import type { Knex } from 'knex'

/**
 * Fills `pay_by` set-wise: the days are grouped by the number of open days before them, so the first of a group is
 * the open day and the others are the closed ones after it. A loop over rows would hold its locks for as many round
 * trips as there are rows.
 */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    WITH grouped AS (
      SELECT day, count(*) FILTER (WHERE open) OVER (ORDER BY day) AS nth_open FROM banking_days
    ), latest AS (
      SELECT day, min(day) OVER (PARTITION BY nth_open) AS pay_by FROM grouped
    )
    UPDATE banking_days AS target SET pay_by = latest.pay_by
    FROM latest WHERE latest.day = target.day AND target.pay_by IS NULL`)
  await knex.schema.alterTable('banking_days', (table) => {
    table.dropNullable('pay_by')
  })
}

export async function down(knex: Knex): Promise<void> {
  await knex.schema.alterTable('banking_days', (table) => {
    table.setNullable('pay_by')
  })
  await knex('banking_days').update({ pay_by: null })
}
