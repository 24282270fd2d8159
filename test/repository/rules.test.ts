import { longFiles, longFunctions, environmentReads } from './rules.js'
import { silentExceptions, sqlStatements, vagueFolders } from './rules.js'
import { filesBelow, partOf, read, type Source } from './sources.js'

const product = [
  ...filesBelow('src', '.ts'),
  ...filesBelow('config', '.ts'),
  ...filesBelow('console', '.ts', '.tsx'),
]
const sample = [...filesBelow('migrations', '.ts'), { path: 'knexfile.ts', text: read('knexfile.ts') }]
const programs = [
  ...filesBelow('test', '.ts', '.js'),
  ...filesBelow('torture', '.ts'),
  ...filesBelow('bench', '.ts', '.js').filter(({ path }) => !path.includes('node_modules')),
]
const all = [...product, ...sample, ...programs]
const one = (text: string, path = 'src/door/example.ts'): Source[] => [{ path, text }]

test('a file has fewer than 200 lines', () => {
  expect(longFiles(all)).toEqual([])
})

test('a function has fewer than 40 lines, or says why it reads better whole', () => {
  expect(longFunctions([...product, ...sample])).toEqual([])
})

test('what is too long is found', () => {
  expect(longFiles(one('a\n'.repeat(199)))).toEqual([])
  expect(longFiles(one('a\n'.repeat(200)))).toEqual(['src/door/example.ts'])
  const body = '  step()\n'.repeat(38)
  expect(longFunctions(one(`const run = () => {\n${body}}\nfunction small() {}\n`))).toEqual([
    'src/door/example.ts run',
  ])
  const excuse = '// eslint-disable-next-line max-lines-per-function'
  expect(longFunctions(one(`${excuse} -- one table\nfunction run() {\n${body}}\n`))).toEqual([])
  expect(longFunctions(one(`${excuse}\nfunction run() {\n${body}}\n`))).toHaveLength(1)
  expect(longFunctions(one(`function run() {\n${body.slice(9)}}\n`))).toEqual([])
})

test('the environment is read in config/ alone', () => {
  const outside = [...product.filter((source) => partOf(source.path) !== 'config'), ...sample]
  expect(environmentReads(outside)).toEqual([])
  expect(environmentReads(one('const port = process.env.PORT // why'))).toEqual(['src/door/example.ts'])
  expect(environmentReads(one('// process.env is read elsewhere'))).toEqual([])
})

test('SQL is written in postgres/ and journal/ alone', () => {
  const outside = product.filter((source) => !['postgres', 'journal'].includes(partOf(source.path)))
  expect(sqlStatements(outside)).toEqual([])
})

test.each([
  "'select 1 as one'",
  "'SELECT pg_backend_pid()'",
  '`\n  INSERT INTO ${runs} (id) VALUES (?)`',
  "'update runs set state = ?'",
  "'begin isolation level read committed'",
  '`drop table ${name}`',
  '"SET LOCAL lock_timeout = 0"',
])('the statement %s is found', (literal) => {
  expect(sqlStatements(one(`await knex.raw(${literal})`))).toHaveLength(1)
})

test('prose is no statement', () => {
  const prose =
    "'Select a role that may create tables.', 'Update the allowlist.', 'begin at the start', 'created', 'commit'"
  expect(sqlStatements(one(`say(${prose})`))).toEqual([])
})

test('every exception to a rule gives its reason, and no test is put aside', () => {
  expect(silentExceptions(all.filter((source) => !source.path.startsWith('test/repository/')))).toEqual([])
  expect(silentExceptions(one('// eslint-disable-next-line no-console -- a person reads it'))).toEqual([])
  for (const text of [
    '// eslint-disable-next-line no-console',
    '// @ts-ignore',
    '// @ts-expect-error',
    "test.skip('later', () => {})",
    '// TODO later',
  ])
    expect([text, silentExceptions(one(text))]).toEqual([text, ['src/door/example.ts']])
})

test('no folder or file is named for having no better name', () => {
  expect(vagueFolders(all)).toEqual([])
  expect(vagueFolders(one('', 'src/utils/text.ts'))).toHaveLength(1)
  expect(vagueFolders(one('', 'src/door/helpers.ts'))).toHaveLength(1)
})
