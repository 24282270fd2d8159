import { foundationText, indexText, transactionalText } from './migration-text.js'
import { numbered, type MigrationSet } from './migration-set.js'

/**
 * A set whose index build takes about `ms`, by an index expression that sleeps for each row: it is at work, with the
 * snapshot and the locks of a real build, for the same time on every machine.
 */
export function slowSet(ms: number): MigrationSet {
  const perRowMs = 10
  const rows = Math.ceil(ms / perRowMs)
  const sleeper = `exports.up = async (knex) => {
  await knex.raw('create function torture_slow(n integer) returns integer language plpgsql immutable as $$ begin perform pg_sleep(${perRowMs / 1000}); return n; end $$')
  await knex.raw("insert into torture_ledger (name, writer) values ('20260101000001_transactional', 'sleeper')")
}
exports.down = async () => {}
`
  const migrations = [
    numbered(0, 'transactional', (name) => foundationText(name, rows)),
    numbered(1, 'transactional', () => sleeper),
    numbered(
      2,
      'repeatable',
      (name) => indexText(name, 'torture_i2', 'repeatable', 'torture_slow(id)'),
      'torture_i2',
    ),
    numbered(3, 'transactional', (name) => transactionalText(name, 3)),
  ]
  return Object.freeze({ kind: 'concurrently', migrations: Object.freeze(migrations) })
}

/** The tables, and then a change that needs the table which a blocker holds. */
export function blockedSet(): MigrationSet {
  const migrations = [
    numbered(0, 'transactional', (name) => foundationText(name, 200)),
    numbered(1, 'transactional', (name) => transactionalText(name, 1)),
  ]
  return Object.freeze({ kind: 'transactional', migrations: Object.freeze(migrations) })
}
