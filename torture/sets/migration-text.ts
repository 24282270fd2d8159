/**
 * How a migration is written, and so what may be expected after it was killed.
 * - `transactional`: applied with its record, or not at all.
 * - `repeatable`: outside a transaction, declares itself repeatable and cleans up after itself.
 * - `trusting`: the same declaration, but it relies on the migrator to drop the INVALID index that it left.
 * - `once`: outside a transaction, declares nothing: after a kill nobody can know.
 */
export type Manner = 'transactional' | 'repeatable' | 'trusting' | 'once'

/** Notes who wrote, so that a second or a stale writer shows. The table has no unique constraint: twice is visible. */
const note = (table: string, name: string): string =>
  `await knex.raw('insert into ${table} (name, writer) values (?, ?)', ['${name}', process.env.TORTURE_CALLER ?? null])`

const module = (name: string, config: string, body: readonly string[]): string =>
  [
    `exports.up = async function up(knex) {`,
    ...body.map((line) => `  ${line}`),
    `}`,
    `exports.down = async function down() {}`,
    ...(config ? [`exports.config = ${config}`] : []),
    `// ${name}`,
    ``,
  ].join('\n')

/** The first migration of every set: the tables that all others write to, and its own row in them. */
export function foundationText(name: string, rows: number): string {
  return module(name, '', [
    `await knex.raw('create table torture_ledger (name text not null, writer text, at timestamptz default clock_timestamp())')`,
    `await knex.raw('create table torture_writes (name text not null, writer text, at timestamptz default clock_timestamp())')`,
    `await knex.raw('create table torture_items as select n as id, md5(n::text) as label from generate_series(1, ${rows}) n')`,
    note('torture_ledger', name),
  ])
}

const changes: readonly ((table: string) => readonly string[])[] = [
  (table) => [`await knex.schema.createTable('${table}', (t) => { t.increments('id'); t.text('label') })`],
  (table) => [`await knex.raw('alter table torture_items add column ${table} integer not null default 7')`],
  (table) => [
    `await knex.schema.createTable('${table}', (t) => { t.integer('id') })`,
    `await knex.raw('insert into ${table} (id) select generate_series(1, 200)')`,
    `await knex.raw('create index ${table}_by_id on ${table} (id)')`,
  ],
  (table) => [
    `await knex.raw('create view ${table} as select count(*) as items from torture_items')`,
    `await knex.raw('update torture_items set label = label || ? where id <= 50', ['.'])`,
  ],
]

/** One transactional change; `turn` chooses which. */
export function transactionalText(name: string, turn: number): string {
  const change = changes[turn % changes.length] as (table: string) => readonly string[]
  return module(name, '', [...change(`torture_t${turn}`), note('torture_ledger', name)])
}

/** One index built outside a transaction, in the given manner. */
export function indexText(
  name: string,
  index: string,
  manner: Exclude<Manner, 'transactional'>,
  columns = 'label, id',
): string {
  if (manner === 'once') {
    return module(name, '{ transaction: false }', [
      `await knex.raw('create index concurrently ${index} on torture_items (${columns})')`,
      note('torture_ledger', name),
    ])
  }
  const cleaning =
    manner === 'trusting'
      ? []
      : [
          `const left = await knex.raw("select 1 from pg_index where indexrelid = to_regclass('${index}') and not indisvalid")`,
          `if (left.rows.length > 0) await knex.raw('drop index concurrently if exists ${index}')`,
        ]
  return module(name, '{ transaction: false, repeatable: true }', [
    note('torture_writes', name),
    ...cleaning,
    `await knex.raw('create index concurrently if not exists ${index} on torture_items (${columns})')`,
    `const noted = await knex.raw("select 1 from torture_ledger where name = '${name}'")`,
    `if (noted.rows.length === 0) ${note('torture_ledger', name)}`,
    note('torture_writes', name),
  ])
}
