import type { Migration } from '../project/migration.js'

/** Migrations that are applied and recorded as one: transactional ones, or a single one that is not. */
export type Segment =
  | { readonly kind: 'transactional'; readonly migrations: readonly Migration[] }
  | { readonly kind: 'non_transactional'; readonly migration: Migration }

/**
 * As knex commits them: all in one transaction, or, where one of them wants none, each by itself (knex 3.3, Migrator.js,
 * `latest`). So what PostgreSQL allows only after a commit, such as the use of an enum's new value, works here where it
 * works there. knex itself never gets a mixed batch: it would record each migration only after its transaction.
 */
export function segmentsOf(pending: readonly Migration[], disableTransactions: boolean): Segment[] {
  if (pending.length === 0) return []
  if (!disableTransactions && pending.every(({ transaction }) => transaction))
    return [{ kind: 'transactional', migrations: pending }]
  return pending.map((migration) =>
    migration.transaction
      ? { kind: 'transactional', migrations: [migration] }
      : { kind: 'non_transactional', migration },
  )
}
