import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** The same migrations in the form that each tool wants, below one directory. */
export interface MigrationSet {
  readonly dir: string
  readonly size: number
}

/** `table`: each makes a table and its index, in one message. `nothing`: each asks for 1, for sets that are only listed. */
export type Content = 'table' | 'nothing'

/** The first migration's time; each further one is a minute later. */
const firstAt = Date.UTC(2025, 0, 1)

/** Writes migrations of this number below `dir`. */
export function writeSet(dir: string, size: number, content: Content): MigrationSet {
  for (const [folder, write] of Object.entries(forms)) {
    mkdirSync(join(dir, folder), { recursive: true })
    for (let number = 1; number <= size; number += 1) write(join(dir, folder), number, sqlOf(number, content))
  }
  writeFileSync(join(dir, 'package.json'), '{ "type": "module", "version": "1.0.0" }\n')
  writeFileSync(join(dir, 'knexfile.js'), knexfile)
  writeFileSync(join(dir, 'all.sql'), allOf(size, content))
  writeJournal(join(dir, 'drizzle'), size)
  return Object.freeze({ dir, size })
}

const knexfile = `export default {
  client: 'pg',
  connection: process.env.DATABASE_URL,
  migrations: { directory: './knex' },
}
`

type Form = (dir: string, number: number, sql: string) => void

const forms: Readonly<Record<string, Form>> = {
  knex: (dir, number, sql) =>
    writeFileSync(
      join(dir, `${stamp(number)}_step.js`),
      `export const up = (knex) => knex.raw(${JSON.stringify(sql)})\nexport const down = () => {}\n`,
    ),
  umzug: (dir, number, sql) =>
    writeFileSync(
      join(dir, `${stamp(number)}_step.js`),
      `export const up = ({ context }) => context.query(${JSON.stringify(sql)})\n`,
    ),
  kysely: (dir, number, sql) =>
    writeFileSync(
      join(dir, `${stamp(number)}_step.js`),
      `import { CompiledQuery } from 'kysely'\n\n` +
        `export const up = (db) => db.executeQuery(CompiledQuery.raw(${JSON.stringify(sql)}))\n`,
    ),
  sql: (dir, number, sql) =>
    writeFileSync(join(dir, `${firstAt + number * 60_000}_step.sql`), `-- Up Migration\n${sql};\n`),
  numbered: (dir, number, sql) => writeFileSync(join(dir, `${number}_step_${number}.sql`), `${sql};\n`),
  drizzle: (dir, number, sql) => writeFileSync(join(dir, `${stamp(number)}_step.sql`), `${sql};\n`),
}

function sqlOf(number: number, content: Content): string {
  if (content === 'nothing') return 'SELECT 1'
  const table = `step_${number}`
  return `CREATE TABLE ${table} (id integer, note text); CREATE INDEX ${table}_note ON ${table} (note)`
}

/** The floor: the same statements in a file for psql, which asks nobody what is applied. */
function allOf(size: number, content: Content): string {
  return Array.from({ length: size }, (_, index) => `${sqlOf(index + 1, content)};\n`).join('')
}

function stamp(number: number): string {
  return new Date(firstAt + number * 60_000).toISOString().replace(/\D/g, '').slice(0, 14)
}

/** drizzle lists its files in a journal of its own. */
function writeJournal(dir: string, size: number): void {
  const entries = Array.from({ length: size }, (_, index) => ({
    idx: index,
    version: '7',
    when: firstAt + (index + 1) * 60_000,
    tag: `${stamp(index + 1)}_step`,
    breakpoints: true,
  }))
  mkdirSync(join(dir, 'meta'), { recursive: true })
  writeFileSync(
    join(dir, 'meta/_journal.json'),
    JSON.stringify({ version: '7', dialect: 'postgresql', entries }),
  )
}
