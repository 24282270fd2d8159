import type { Knex } from 'knex'

export async function up(knex: Knex): Promise<void> {
  await knex.schema.createTable('users', (table) => {
    table.specificType('id', 'bigint GENERATED ALWAYS AS IDENTITY').primary()
    table.text('email').notNullable()
    table.text('display_name').notNullable()
    table.timestamp('created_at', { useTz: true }).notNullable().defaultTo(knex.fn.now())
    table.timestamp('disabled_at', { useTz: true })
    table.check("position('@' in email) > 1", {}, 'users_email_check')
  })
  // One account per mailbox however it is typed; an expression, so a unique constraint cannot say it.
  await knex.raw('CREATE UNIQUE INDEX users_email_key ON users (lower(email))')
}

export async function down(knex: Knex): Promise<void> {
  await knex.schema.dropTable('users')
}
