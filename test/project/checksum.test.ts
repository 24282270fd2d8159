import { sourceChecksum } from '../../src/project/checksum.js'

const source = `import type { Knex } from 'knex'

/** Adds the table. */
export async function up(knex: Knex): Promise<void> {
  await knex.schema.createTable('users', (table) => {
    table.increments() // the key
    table.string('name', 80).notNullable().defaultTo("it's")
  })
  await knex.raw(\`insert into users (name) values ('a  b')\`)
}
`

test('a checksum names its algorithm', () => {
  expect(sourceChecksum(source)).toMatch(/^sha256:[0-9a-f]{64}$/)
})

test.each([
  ['a comment', source.replace('Adds the table.', 'Creates the table of users.')],
  ['a removed comment', source.replace(' // the key', '')],
  ['line ends', source.replaceAll('\n', '\r\n')],
  ['indentation', source.replace(/^ +/gm, '\t')],
  ['one line for several', source.replace('{\n    table.inc', '{ table.inc')],
  ['quotes', source.replace("'users'", '"users"').replace(`"it's"`, `'it\\'s'`)],
  ['semicolons', source.replace('table.increments()', 'table.increments();').replace("'knex'", "'knex';")],
  ['a trailing comma', source.replace('80)', '80,)')],
  ['a last line', source.trimEnd()],
])('what a formatter or a reworded comment changes leaves it equal: %s', (_, formatted) => {
  expect(formatted).not.toBe(source)
  expect(sourceChecksum(formatted)).toBe(sourceChecksum(source))
})

test.each([
  ['a name', source.replace("'users'", "'user'")],
  ['a number', source.replace('80', '81')],
  ['the text of a statement, blanks within included', source.replace('a  b', 'a b')],
  ['a string’s blanks', source.replace(`"it's"`, `"it's "`)],
  [
    'the order of statements',
    source.replace(/(table\.increments\(\)).*\n/, '').replace('notNullable()', '$&'),
  ],
  ['a removed await', source.replace('await knex.raw', 'knex.raw')],
  ['code that became a comment', source.replace('table.increments()', '// table.increments()')],
])('what changes the migration changes it: %s', (_, edited) => {
  expect(edited).not.toBe(source)
  expect(sourceChecksum(edited)).not.toBe(sourceChecksum(source))
})

test('tokens do not run into each other', () => {
  expect(sourceChecksum(`f('a', 'b')`)).not.toBe(sourceChecksum(`f('a,b')`))
  expect(sourceChecksum('a b')).not.toBe(sourceChecksum('ab'))
})

test('what is no JavaScript has a checksum all the same', () => {
  expect(sourceChecksum('\u0000 ` ${ "')).toMatch(/^sha256:/)
  expect(sourceChecksum('')).not.toBe(sourceChecksum('x'))
})
