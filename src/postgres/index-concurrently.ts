import type { Knex } from 'knex'
import { identifier } from './identifiers.js'

/** An index to be built without blocking writers. */
export interface ConcurrentIndex {
  /** Unqualified; an index lies in its table's schema. */
  readonly name: string
  readonly table: string
  /** Default: the schema in which the search path finds the table. */
  readonly schema?: string
  /** Columns, or `knex.raw(…)` for expressions, orders and operator classes. */
  readonly columns: readonly (string | Knex.Raw)[]
  /** Default: false. */
  readonly unique?: boolean
  /** Index method; default: btree. */
  readonly using?: 'btree' | 'hash' | 'gin' | 'gist' | 'spgist' | 'brin'
  /** Columns of `INCLUDE`. */
  readonly include?: readonly string[]
  /** Predicate of a partial index. */
  readonly where?: Knex.Raw
}

/**
 * `CREATE INDEX CONCURRENTLY` that may be run again: an INVALID leftover of an interrupted build is dropped first, a
 * valid index of that name is left alone, and the result is verified. For a migration with
 * `export const config = { transaction: false, repeatable: true }`; rejects inside a transaction.
 * PostgreSQL manual, CREATE INDEX, "Building Indexes Concurrently".
 */
export async function createIndexConcurrently(knex: Knex, index: ConcurrentIndex): Promise<void> {
  refuseTransaction(knex, index.name)
  const table = await qualifiedTable(knex, index)
  const state = await indexState(knex, table.schema, index.name)
  if (state === 'valid') return
  if (state === 'invalid') await drop(knex, table.schema, index.name)
  await knex.raw(definition(index, table.name))
  if ((await indexState(knex, table.schema, index.name)) !== 'valid') {
    throw new Error(
      `the index ${index.name} on ${table.name} is INVALID after its build; run the migration again`,
    )
  }
}

/** `DROP INDEX CONCURRENTLY IF EXISTS`, for the `down` of the same migration; rejects inside a transaction. */
export async function dropIndexConcurrently(
  knex: Knex,
  index: Pick<ConcurrentIndex, 'name' | 'table' | 'schema'>,
): Promise<void> {
  refuseTransaction(knex, index.name)
  const { schema } = await qualifiedTable(knex, index)
  await drop(knex, schema, index.name)
}

function refuseTransaction(knex: Knex, name: string): void {
  if (knex.isTransaction !== true) return
  throw new Error(
    `the index ${name} cannot be built concurrently inside a transaction: give the migration \`export const config = { transaction: false, repeatable: true }\``,
  )
}

async function qualifiedTable(
  knex: Knex,
  { table, schema }: Pick<ConcurrentIndex, 'table' | 'schema'>,
): Promise<{ readonly name: string; readonly schema: string }> {
  const given = schema === undefined ? identifier(table) : `${identifier(schema)}.${identifier(table)}`
  const { rows } = await knex.raw<{ rows: { schema: string }[] }>(
    'SELECT n.nspname AS schema FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.oid = to_regclass(?)',
    [given],
  )
  const [found] = rows
  if (!found) throw new Error(`there is no table ${given} to index`)
  return { schema: found.schema, name: `${identifier(found.schema)}.${identifier(table)}` }
}

async function indexState(knex: Knex, schema: string, name: string): Promise<'valid' | 'invalid' | 'absent'> {
  const { rows } = await knex.raw<{ rows: { valid: boolean }[] }>(
    'SELECT indisvalid AS valid FROM pg_index WHERE indexrelid = to_regclass(?)',
    [`${identifier(schema)}.${identifier(name)}`],
  )
  const [found] = rows
  if (!found) return 'absent'
  return found.valid ? 'valid' : 'invalid'
}

async function drop(knex: Knex, schema: string, name: string): Promise<void> {
  await knex.raw(`DROP INDEX CONCURRENTLY IF EXISTS ${identifier(schema)}.${identifier(name)}`)
}

/** Expressions go in as text, since no parameter can stand in DDL; a `?` of theirs is no placeholder any more. */
function definition(index: ConcurrentIndex, table: string): string {
  const { name, columns, unique = false, using = 'btree', include = [], where } = index
  const parts = columns.map((column) => (typeof column === 'string' ? identifier(column) : column.toQuery()))
  const included = include.length > 0 ? ` INCLUDE (${include.map(identifier).join(', ')})` : ''
  const sql = `CREATE ${unique ? 'UNIQUE ' : ''}INDEX CONCURRENTLY ${identifier(name)} ON ${table} USING ${using} (${parts.join(', ')})${included}${where ? ` WHERE ${where.toQuery()}` : ''}`
  return sql.replaceAll('?', '\\?')
}
