import type { Knex } from 'knex'

export async function up(knex: Knex): Promise<void> {
  await knex.schema.createTable('vat_periods', (table) => {
    table.specificType('id', 'bigint GENERATED ALWAYS AS IDENTITY').primary()
    // No cascade: a business that has filed is kept for as long as the tax office may ask.
    table.bigInteger('business_id').notNullable().references('businesses.id')
    table.specificType('starts_on', 'date').notNullable()
    table.specificType('ends_on', 'date').notNullable()
    table.specificType('due_on', 'date').notNullable()
    table.check('ends_on > starts_on', {}, 'vat_periods_ends_on_check')
    table.check('due_on > ends_on', {}, 'vat_periods_due_on_check')
    // Serves the foreign key too, since it leads with the business.
    table.unique(['business_id', 'starts_on'])
  })
}

export async function down(knex: Knex): Promise<void> {
  await knex.schema.dropTable('vat_periods')
}
