import type { Knex } from 'knex'

/** An enum, unlike the roles: the tax office's interface fixes these five, and their order is the life of a return. */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(
    "CREATE TYPE submission_status AS ENUM ('draft', 'submitted', 'accepted', 'rejected', 'superseded')",
  )
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw('DROP TYPE submission_status')
}
