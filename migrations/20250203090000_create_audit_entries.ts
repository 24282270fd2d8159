import type { Knex } from 'knex'

/** Who did what to which row. Append-only by a trigger, so that a bug in the application cannot rewrite it. */
export async function up(knex: Knex): Promise<void> {
  await knex.schema.createTable('audit_entries', (table) => {
    table.specificType('id', 'bigint GENERATED ALWAYS AS IDENTITY').primary()
    table.timestamp('at', { useTz: true }).notNullable().defaultTo(knex.fn.now())
    table.bigInteger('user_id').references('users.id')
    table.text('action').notNullable()
    table.text('subject_type').notNullable()
    // No foreign key: an entry outlives what it speaks of.
    table.bigInteger('subject_id').notNullable()
    table.jsonb('detail').notNullable().defaultTo('{}')
    table.index('user_id', 'audit_entries_user_id_idx')
    table.index(['subject_type', 'subject_id'], 'audit_entries_subject_idx')
  })
  await knex.raw(`
    CREATE FUNCTION refuse_audit_change() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      RAISE EXCEPTION 'audit_entries is append-only' USING ERRCODE = 'restrict_violation';
    END
    $$`)
  // Per statement, so that it also fires for a change that matches no row, and for TRUNCATE.
  await knex.raw(`
    CREATE TRIGGER audit_entries_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_entries
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_audit_change()`)
}

export async function down(knex: Knex): Promise<void> {
  await knex.schema.dropTable('audit_entries')
  await knex.raw('DROP FUNCTION refuse_audit_change()')
}
