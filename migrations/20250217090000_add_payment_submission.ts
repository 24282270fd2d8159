import type { Knex } from 'knex'

/**
 * Ties a payment to the return that it settles. NOT VALID checks new rows at once and leaves the old ones for later:
 * checking them here would read the whole table while both tables are locked against writes.
 */
export async function up(knex: Knex): Promise<void> {
  // Nullable and without default: adding it touches the catalogue only.
  await knex.raw('ALTER TABLE payments ADD COLUMN submission_id bigint')
  await knex.raw(`
    ALTER TABLE payments ADD CONSTRAINT payments_submission_id_fkey
    FOREIGN KEY (submission_id) REFERENCES submissions (id) NOT VALID`)
}

export async function down(knex: Knex): Promise<void> {
  // Takes the constraint along.
  await knex.raw('ALTER TABLE payments DROP COLUMN submission_id')
}
