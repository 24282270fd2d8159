import { join } from 'node:path'
import { loadProject } from '../../src/project/knexfile.js'
import { folderForEach } from './folder.js'

const folder = folderForEach()

const config = `{ client: 'pg', connection: 'postgres://127.0.0.1/configured', migrations: { tableName: 'moved' } }`

const load = (files: Record<string, string>, options = {}) =>
  loadProject({ cwd: folder(files), environmentKey: 'production', ...options })

test.each([
  ['an object in .cjs', 'knexfile.cjs', `module.exports = ${config}`],
  ['an object in .js', 'knexfile.js', `module.exports = ${config}`],
  ['a default export in .mjs', 'knexfile.mjs', `export default ${config}`],
  ['a default export in .ts', 'knexfile.ts', `const it: object = ${config}; export default it`],
  ['a function', 'knexfile.cjs', `module.exports = () => (${config})`],
  ['an async function', 'knexfile.mjs', `export default async () => (${config})`],
  [
    'an async function that returns environments',
    'knexfile.cjs',
    `module.exports = async () => ({ production: ${config} })`,
  ],
  ['environments', 'knexfile.cjs', `module.exports = { development: {}, production: ${config} }`],
  ['environments by name', 'knexfile.mjs', `export const production = ${config}`],
])('a knexfile may be %s', async (_, name, text) => {
  const project = await load({ [name]: text })
  expect(project.tableName).toBe('moved')
  expect(project.knexConfig.connection).toBe('postgres://127.0.0.1/configured')
})

test('of several knexfiles the TypeScript one counts, and one that is named counts most', async () => {
  const named = (table: string) =>
    `module.exports = { connection: 'x', migrations: { tableName: '${table}' } }`
  const files = {
    'knexfile.ts': `export default { connection: 'x', migrations: { tableName: 'typescript' } }`,
    'knexfile.js': named('javascript'),
    'config/db.cjs': named('named'),
  }
  expect((await load(files)).tableName).toBe('typescript')
  expect((await load(files, { knexfile: 'config/db.cjs' })).tableName).toBe('named')
})

test('a URL replaces the connection and nothing else', async () => {
  const text = `module.exports = { client: 'postgresql', searchPath: 'app', connection: { host: 'elsewhere' } }`
  const project = await load({ 'knexfile.cjs': text }, { databaseUrl: 'postgres://127.0.0.1/given' })
  expect(project.knexConfig.connection).toBe('postgres://127.0.0.1/given')
  expect([project.searchPath, project.tableName]).toEqual([['app'], 'knex_migrations'])
})

test('without a knexfile there are knex’s defaults', async () => {
  const project = await load(
    { 'migrations/1_a.cjs': 'exports.up = () => {}' },
    { databaseUrl: 'postgres://x/y' },
  )
  expect((await project.source.look()).files).toMatchObject([
    { name: '1_a', recordedAs: '1_a.cjs', kind: 'cjs' },
  ])
})

test('directories are relative to the knexfile, and a directory that is given instead to where we are', async () => {
  const files = {
    'db/knexfile.cjs': `module.exports = { connection: 'x', migrations: { directory: './changes' } }`,
    'db/changes/1_a.cjs': '',
    'other/2_b.cjs': '',
  }
  const knexfile = join('db', 'knexfile.cjs')
  const listed = async (options: object) => (await (await load(files, options)).source.look()).files
  expect(await listed({ knexfile })).toMatchObject([{ name: '1_a' }])
  expect(await listed({ knexfile, migrationsDir: 'other' })).toMatchObject([{ name: '2_b' }])
})

test.each([
  ['is missing', { knexfile: 'none.cjs' }, {}, /KNEXFILE names .*none\.cjs, which does not exist/],
  ['does not load', {}, { 'knexfile.cjs': 'module.exports = {' }, /knexfile .* does not load/],
  ['names no database', {}, { 'knexfile.cjs': 'module.exports = {}' }, /no database to connect to/],
  [
    'names another client',
    {},
    { 'knexfile.cjs': `module.exports = { client: 'mysql2', connection: 'x' }` },
    /mysql2/,
  ],
  [
    'brings a pool of its own',
    {},
    { 'knexfile.cjs': `module.exports = { connection: 'x', connectionPool: {} }` },
    /connectionPool/,
  ],
])('a knexfile that %s is refused by name', async (_, options, files, message) => {
  await expect(load(files as Record<string, string>, options)).rejects.toThrow(message)
})
