import type { Knex } from 'knex'

/**
 * CREATE INDEX CONCURRENTLY cannot run in a transaction, so nothing rolls it back when it is cut short.
 * It is repeatable because `up` first clears what an earlier attempt left, and so may simply be run again.
 */
export const config = { transaction: false, repeatable: true }

const leftover = `
  SELECT 1 FROM pg_index
  WHERE indexrelid = to_regclass('payments_submission_id_idx') AND NOT indisvalid`

export async function up(knex: Knex): Promise<void> {
  // An interrupted build leaves an INVALID index: it slows every write, serves no query, and IF NOT EXISTS takes it for done.
  const found = await knex.raw<{ rows: unknown[] }>(leftover)
  if (found.rows.length > 0) await knex.raw('DROP INDEX CONCURRENTLY payments_submission_id_idx')
  await knex.raw(
    'CREATE INDEX CONCURRENTLY IF NOT EXISTS payments_submission_id_idx ON payments (submission_id)',
  )
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw('DROP INDEX CONCURRENTLY IF EXISTS payments_submission_id_idx')
}
