import type { Knex } from 'knex'

/**
 * The second half of the foreign key: reads the old rows under a lock that lets reads and writes go on. The index in
 * between runs outside a transaction, so by now the first half has committed and let its stronger lock go.
 */
export async function up(knex: Knex): Promise<void> {
  await knex.raw('ALTER TABLE payments VALIDATE CONSTRAINT payments_submission_id_fkey')
}

/** PostgreSQL cannot unvalidate a constraint; it is made anew as the migration before last left it. */
export async function down(knex: Knex): Promise<void> {
  await knex.raw('ALTER TABLE payments DROP CONSTRAINT payments_submission_id_fkey')
  await knex.raw(`
    ALTER TABLE payments ADD CONSTRAINT payments_submission_id_fkey
    FOREIGN KEY (submission_id) REFERENCES submissions (id) NOT VALID`)
}
