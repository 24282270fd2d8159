import type { Knex } from 'knex'

/** The calendar by which a due date that falls on a weekend is brought forward to the last day banks are open. */
export async function up(knex: Knex): Promise<void> {
  await knex.schema.createTable('banking_days', (table) => {
    table.specificType('day', 'date').primary()
    table.boolean('open').notNullable()
    // Filled by the next migration; a payment due on `day` must have left by then.
    table.specificType('pay_by', 'date')
    table.check('pay_by <= day', {}, 'banking_days_pay_by_check')
  })
  // One statement for some six thousand days. A fixed range, and no time zone in it: every database gets the same rows.
  await knex.raw(`
    INSERT INTO banking_days (day, open)
    SELECT day::date, extract(isodow FROM day) < 6
    FROM generate_series(timestamp '2020-01-01', timestamp '2035-12-31', interval '1 day') AS day`)
}

export async function down(knex: Knex): Promise<void> {
  await knex.schema.dropTable('banking_days')
}
