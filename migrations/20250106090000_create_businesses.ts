import type { Knex } from 'knex'

export async function up(knex: Knex): Promise<void> {
  await knex.schema.createTable('businesses', (table) => {
    // ALWAYS: an INSERT cannot pick its own id, so the sequence never collides with one that was.
    table.specificType('id', 'bigint GENERATED ALWAYS AS IDENTITY').primary()
    table.text('legal_name').notNullable()
    // Text, though it looks like a number: leading zeros count and nobody adds two of them.
    table.text('vat_number').notNullable().unique()
    table.text('country').notNullable().defaultTo('GB')
    table.specificType('registered_on', 'date').notNullable()
    table.specificType('deregistered_on', 'date')
    table.timestamp('created_at', { useTz: true }).notNullable().defaultTo(knex.fn.now())
    table.check("legal_name <> ''", {}, 'businesses_legal_name_check')
    table.check("vat_number ~ '^[0-9]{9}$'", {}, 'businesses_vat_number_check')
    table.check("country ~ '^[A-Z]{2}$'", {}, 'businesses_country_check')
    table.check('deregistered_on >= registered_on', {}, 'businesses_deregistered_on_check')
  })
}

export async function down(knex: Knex): Promise<void> {
  await knex.schema.dropTable('businesses')
}
