import type { Knex } from 'knex'

export async function up(knex: Knex): Promise<void> {
  await knex.schema.createTable('payments', (table) => {
    table.specificType('id', 'bigint GENERATED ALWAYS AS IDENTITY').primary()
    table.bigInteger('business_id').notNullable().references('businesses.id')
    // numeric, never a float: a penny lost in binary is a penny that the reconciliation cannot find.
    table.specificType('amount', 'numeric(13, 2)').notNullable()
    table.text('currency').notNullable().defaultTo('GBP')
    table.text('bank_reference').notNullable()
    table.specificType('received_on', 'date').notNullable()
    table.timestamp('created_at', { useTz: true }).notNullable().defaultTo(knex.fn.now())
    // Negative amounts are repayments; zero is a mistake of the import.
    table.check('amount <> 0', {}, 'payments_amount_check')
    table.check("currency ~ '^[A-Z]{3}$'", {}, 'payments_currency_check')
    table.unique(['business_id', 'bank_reference'])
  })
}

export async function down(knex: Knex): Promise<void> {
  await knex.schema.dropTable('payments')
}
