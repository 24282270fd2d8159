import type { Knex } from 'knex'

/** The tax office's acknowledgement of a return: kept apart, because it arrives later and is never ours to change. */
export async function up(knex: Knex): Promise<void> {
  await knex.schema.createTable('receipts', (table) => {
    // At most one per return, so the return's key is the receipt's.
    table.bigInteger('submission_id').primary().references('submissions.id')
    table.text('form_bundle_number').notNullable().unique()
    table.timestamp('processed_at', { useTz: true }).notNullable()
    table.jsonb('payload').notNullable()
    table.check("form_bundle_number ~ '^[0-9]{12}$'", {}, 'receipts_form_bundle_number_check')
  })
}

export async function down(knex: Knex): Promise<void> {
  await knex.schema.dropTable('receipts')
}
