/** Texts of migrations. Each writes down that it was applied, so that twice can be told from once. */
const tally = `create table if not exists tally (name text not null, at timestamptz not null default clock_timestamp())`

const body = (name: string, statements: readonly string[]): string =>
  [tally, ...statements, `insert into tally (name) values ('${name}')`]
    .map((sql) => `  await knex.raw(${JSON.stringify(sql)})`)
    .join('\n')

/** A transactional migration: the statements given, and a row in `tally`. */
export function transactional(name: string, ...statements: string[]): string {
  return `exports.up = async (knex) => {\n${body(name, statements)}\n}\nexports.down = async () => {}\n`
}

/** The same outside any transaction. */
export function nonTransactional(name: string, ...statements: string[]): string {
  return `${transactional(name, ...statements)}exports.config = { transaction: false }\n`
}

/** The same, which declares that it may simply be run again. */
export function repeatable(name: string, ...statements: string[]): string {
  return `${transactional(name, ...statements)}exports.config = { transaction: false, repeatable: true }\n`
}

/** `up` is what is given, as the body of an async function of `knex`. */
export function custom(up: string, config?: object): string {
  const declared = config ? `exports.config = ${JSON.stringify(config)}\n` : ''
  return `exports.up = async (knex) => {\n${up}\n}\nexports.down = async () => {}\n${declared}`
}

/** `pg_sleep` in a statement whose rows nobody needs. */
export function sleep(seconds: number): string {
  return `select pg_sleep(${seconds})`
}

/** Advisory locks of the database at hand, asked for or held; `pg_locks` lists those of every database. */
export const advisoryLocks = `select pid, granted, objid from pg_locks where locktype = 'advisory'
  and database = (select oid from pg_database where datname = current_database())`
