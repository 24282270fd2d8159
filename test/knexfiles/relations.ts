import type { TestDatabase } from '../support/database.js'

/** Everything of a database that a migration can leave, without the schema of the bookkeeping. */
export type Snapshot = Readonly<Record<keyof typeof catalogue | 'rows', readonly unknown[]>>

const schemas = `n.nspname not in ('pg_catalog', 'information_schema', 'sallyport') and n.nspname !~ '^pg_(toast|temp)'`

const catalogue = {
  relations: `select n.nspname, c.relname, c.relkind, c.relpersistence, obj_description(c.oid) as comment,
      case when c.relkind in ('v', 'm') then pg_get_viewdef(c.oid) end as view
    from pg_class c join pg_namespace n on n.oid = c.relnamespace where ${schemas} order by 1, 2`,
  columns: `select n.nspname, c.relname, a.attnum, a.attname, format_type(a.atttypid, a.atttypmod) as type,
      a.attnotnull, a.attidentity, a.attgenerated, pg_get_expr(d.adbin, d.adrelid) as default, col_description(c.oid, a.attnum) as comment
    from pg_attribute a join pg_class c on c.oid = a.attrelid join pg_namespace n on n.oid = c.relnamespace
      left join pg_attrdef d on d.adrelid = c.oid and d.adnum = a.attnum
    where ${schemas} and a.attnum > 0 and not a.attisdropped order by 1, 2, 3`,
  constraints: `select n.nspname, coalesce(conrelid::regclass::text, t.typname) as of, conname, pg_get_constraintdef(k.oid) as definition, convalidated
    from pg_constraint k join pg_namespace n on n.oid = k.connamespace left join pg_type t on t.oid = k.contypid
    where ${schemas} order by 1, 2, 3`,
  indexes: `select pg_get_indexdef(i.indexrelid) as definition, indisvalid, indisunique, indisprimary
    from pg_index i join pg_class c on c.oid = i.indexrelid join pg_namespace n on n.oid = c.relnamespace
    where ${schemas} order by 1`,
  types: `select n.nspname, t.typname, t.typtype,
      (select array_agg(enumlabel::text order by enumsortorder) from pg_enum e where e.enumtypid = t.oid) as labels
    from pg_type t join pg_namespace n on n.oid = t.typnamespace where ${schemas} order by 1, 2`,
  sequences: `select schemaname, sequencename, data_type::text, start_value, increment_by, last_value from pg_sequences
    where schemaname <> 'sallyport' order by 1, 2`,
  routines: `select n.nspname, p.proname, pg_get_functiondef(p.oid) as definition
    from pg_proc p join pg_namespace n on n.oid = p.pronamespace where ${schemas} order by 1, 2`,
  triggers: `select pg_get_triggerdef(t.oid) as definition from pg_trigger t join pg_class c on c.oid = t.tgrelid
    join pg_namespace n on n.oid = c.relnamespace where not tgisinternal and ${schemas} order by 1`,
} as const

/** Reads it all; two of them are compared with `toEqual`. Rows come without the times at which they were written. */
export async function snapshotOf(database: TestDatabase): Promise<Snapshot> {
  const parts = Object.entries(catalogue).map(
    async ([part, sql]) => [part, await database.query(sql)] as const,
  )
  const found = Object.fromEntries(await Promise.all(parts))
  return { ...found, rows: await rowsOf(database) } as unknown as Snapshot
}

async function rowsOf(database: TestDatabase): Promise<unknown[]> {
  const tables = await database.query<{ table: string }>(
    `select format('%I.%I', n.nspname, relname) as table from pg_class c join pg_namespace n on n.oid = c.relnamespace
     where relkind in ('r', 'm') and ${schemas} order by 1`,
  )
  const selects = tables.map(
    ({ table }) =>
      `select '${table.replaceAll("'", "''")}' as table, to_jsonb(r) - 'migration_time' as "row" from ${table} r`,
  )
  return selects.length === 0
    ? []
    : database.query(`select * from (${selects.join(' union all ')}) all_rows order by 1, "row"::text`)
}

/** Batch numbers of knex's rows, whatever their table is called. */
export function batchesOf({ rows }: Snapshot): unknown[] {
  return rows.flatMap((found) => (found as { row: { batch?: number } }).row.batch ?? [])
}
