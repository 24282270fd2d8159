import type { Migration } from '../project/migration.js'

/** Migrations that are applied and recorded as one: contiguous transactional ones, or a single one that is not. */
export type Segment =
  | { readonly kind: 'transactional'; readonly migrations: readonly Migration[] }
  | { readonly kind: 'non_transactional'; readonly migration: Migration }

/**
 * Never a mixed batch: one `transaction: false` in it makes knex commit its lock row on its own and record each
 * migration only after its transaction (knex 3.3, Migrator.js, `_waterfallBatch`). A project that disables transactions
 * wants no more than one migration in each that is given back its own.
 */
export function segmentsOf(pending: readonly Migration[], disableTransactions: boolean): Segment[] {
  const segments: Segment[] = []
  let open: Migration[] | undefined
  for (const migration of pending) {
    if (!migration.transaction) {
      open = undefined
      segments.push({ kind: 'non_transactional', migration })
    } else if (open && !disableTransactions) {
      open.push(migration)
    } else {
      open = [migration]
      segments.push({ kind: 'transactional', migrations: open })
    }
  }
  return segments
}
