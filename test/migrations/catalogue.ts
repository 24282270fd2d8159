import type { Knex } from 'knex'

/** Everything in schema `public` that a migration can leave behind, one line each, sorted; knex's own tables left out. */
export async function catalogue(knex: Knex): Promise<string[]> {
  const { rows } = await knex.raw<{ rows: { line: string }[] }>(`
    WITH mine AS (
      SELECT * FROM pg_class
      WHERE relnamespace = 'public'::regnamespace AND relname NOT LIKE 'knex\\_migrations%'
    )
    SELECT concat_ws(' ', 'relation', relkind, relname) AS line FROM mine
    UNION ALL
    SELECT concat_ws(' ', 'column', relname, attname, format_type(atttypid, atttypmod), attnotnull, attidentity)
      FROM pg_attribute JOIN mine ON mine.oid = attrelid WHERE attnum > 0 AND NOT attisdropped
    UNION ALL
    SELECT concat_ws(' ', 'constraint', conname, pg_get_constraintdef(pg_constraint.oid), convalidated)
      FROM pg_constraint JOIN mine ON mine.oid = conrelid
    UNION ALL
    SELECT concat_ws(' ', 'index', pg_get_indexdef(indexrelid), indisvalid)
      FROM pg_index JOIN mine ON mine.oid = indrelid
    UNION ALL
    SELECT concat_ws(' ', 'trigger', pg_get_triggerdef(pg_trigger.oid))
      FROM pg_trigger JOIN mine ON mine.oid = tgrelid WHERE NOT tgisinternal
    UNION ALL
    SELECT concat_ws(' ', 'function', proname) FROM pg_proc WHERE pronamespace = 'public'::regnamespace
    UNION ALL
    SELECT concat_ws(' ', 'enum', typname, enumlabel)
      FROM pg_enum JOIN pg_type ON pg_type.oid = enumtypid WHERE typnamespace = 'public'::regnamespace
    ORDER BY line`)
  return rows.map((row) => row.line)
}

/** Foreign keys whose columns no index leads with: deleting the referenced row would scan the whole table. */
export async function unindexedForeignKeys(knex: Knex): Promise<string[]> {
  const { rows } = await knex.raw<{ rows: { conname: string }[] }>(`
    SELECT conname FROM pg_constraint
    WHERE contype = 'f' AND connamespace = 'public'::regnamespace AND NOT EXISTS (
      SELECT FROM pg_index
      WHERE indrelid = conrelid AND indisvalid AND indpred IS NULL
        AND (indkey::int2[])[0:cardinality(conkey) - 1] @> conkey
    )`)
  return rows.map((row) => row.conname)
}

/** Columns of a type that this schema has a rule against. */
export async function columnsOfType(knex: Knex, types: string[]): Promise<string[]> {
  const { rows } = await knex.raw<{ rows: { name: string }[] }>(
    `SELECT table_name || '.' || column_name AS name FROM information_schema.columns
     WHERE table_schema = 'public' AND table_name NOT LIKE 'knex\\_migrations%' AND data_type = ANY (?)`,
    [types],
  )
  return rows.map((row) => row.name)
}
