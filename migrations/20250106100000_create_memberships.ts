import type { Knex } from 'knex'

export async function up(knex: Knex): Promise<void> {
  await knex.schema.createTable('memberships', (table) => {
    table.bigInteger('business_id').notNullable().references('businesses.id').onDelete('CASCADE')
    table.bigInteger('user_id').notNullable().references('users.id').onDelete('CASCADE')
    table.text('role').notNullable()
    table.timestamp('granted_at', { useTz: true }).notNullable().defaultTo(knex.fn.now())
    // A check rather than an enum: roles come and go, and an enum's value can never be removed.
    table.check("role IN ('owner', 'bookkeeper', 'viewer')", {}, 'memberships_role_check')
    table.primary(['business_id', 'user_id'])
    // The primary key leads with the business; deleting a user would scan the table without this one.
    table.index('user_id', 'memberships_user_id_idx')
  })
}

export async function down(knex: Knex): Promise<void> {
  await knex.schema.dropTable('memberships')
}
