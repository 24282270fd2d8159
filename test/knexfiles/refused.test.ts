import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { FilesInvalidError, ProjectConfigError } from '../../src/project/failure.js'
import { loadProject, type LoadProjectOptions } from '../../src/project/knexfile.js'
import type { Project } from '../../src/project/project.js'
import { runCli } from '../support/processes.js'

let dir: string

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'sallyport-refused-'))
})

afterEach(() => rmSync(dir, { recursive: true, force: true }))

function write(path: string, source: string): void {
  mkdirSync(dirname(join(dir, path)), { recursive: true })
  writeFileSync(join(dir, path), source)
}

const url = 'postgres://nobody@127.0.0.1:1/nothing'
const load = (options: Partial<LoadProjectOptions> = {}): Promise<Project> =>
  loadProject({ cwd: dir, environmentKey: 'development', databaseUrl: url, ...options })

test.each([
  ['another database', `{ client: 'mysql2' }`, /client "mysql2".*PostgreSQL/],
  ['another database under its older name', `{ dialect: 'sqlite3' }`, /client "sqlite3"/],
  ['the native driver', `{ client: 'pgnative' }`, /client "pgnative"/],
  ['a pool of its own', `{ client: 'pg', connectionPool: {} }`, /connectionPool/],
  [
    'no entry for the environment',
    `{ staging: { client: 'pg' } }`,
    /no entry for NODE_ENV = development; it has staging/,
  ],
  [
    'an entry that is only a URL',
    `{ development: '${url}' }`,
    /entry development .* no configuration object/,
  ],
  [
    'a schema within the name of its table',
    `{ client: 'pg', migrations: { tableName: 'history.migrations' } }`,
    /tableName 'history\.migrations'.*schemaName: 'history' and tableName: 'migrations'/,
  ],
  [
    'a dot in the schema of its table',
    `{ client: 'pg', migrations: { schemaName: 'history.old' } }`,
    /schemaName 'history\.old' holds a dot/,
  ],
  ['nothing', `null`, /exports no configuration object/],
])('a knexfile with %s is refused by name', async (_, config, message) => {
  write('knexfile.cjs', `module.exports = ${config}`)
  await expect(load()).rejects.toThrow(message)
  await expect(load()).rejects.toBeInstanceOf(ProjectConfigError)
})

test('a knexfile in CoffeeScript is refused by name, not passed over', async () => {
  write('knexfile.coffee', `module.exports = client: 'pg'`)
  await expect(load()).rejects.toThrow(/knexfile\.coffee is in a language that is not loaded here/)
  write('knexfile.cjs', `module.exports = { client: 'pg' }`)
  await expect(load()).resolves.toMatchObject({ tableName: 'knex_migrations' })
})

test('a migration in CoffeeScript is refused by name', async () => {
  write('migrations/001_a.coffee', 'exports.up = (knex) -> knex.raw "select 1"')
  const { source } = await load()
  const loadAll = async () => Promise.all((await source.look()).files.map((file) => source.load(file)))
  await expect(loadAll()).rejects.toThrow(/001_a\.coffee is in a language that is not loaded here/)
})

test('a knexfile function that fails is told with the knexfile’s name', async () => {
  write('knexfile.cjs', `module.exports = async () => { throw new Error('no vault') }`)
  await expect(load()).rejects.toThrow(/knexfile\.cjs does not load: no vault/)
  await expect(load()).rejects.toBeInstanceOf(FilesInvalidError)
})

test('a migration source that lists a migration twice is refused', async () => {
  write(
    'knexfile.cjs',
    `const migrationSource = { getMigrations: () => ['a.js', 'a.ts'], getMigrationName: (name) => name, getMigration() {} }
     module.exports = { client: 'pg', migrations: { migrationSource } }`,
  )
  const { source } = await load()
  await expect(source.look()).rejects.toThrow(/migration a twice/)
})

test('beside a directory a migration source is forgotten, as knex forgets it', async () => {
  write('changes/001_a.js', '')
  write(
    'knexfile.cjs',
    `module.exports = { client: 'pg', migrations: { directory: './changes', migrationSource: { getMigrations: () => ['b'] } } }`,
  )
  const { source } = await load()
  expect((await source.look()).files).toMatchObject([{ name: '001_a' }])
})

test('aliases of the project’s tsconfig resolve in TypeScript', async () => {
  write('tsconfig.json', '{ "compilerOptions": { "baseUrl": ".", "paths": { "shared/*": ["./lib/*"] } } }')
  write('lib/names.ts', `export const table: string = 'aliased'`)
  write(
    'knexfile.ts',
    `import { table } from 'shared/names'\nexport default { client: 'pg', migrations: { tableName: table } }`,
  )
  await expect(load()).resolves.toMatchObject({ tableName: 'aliased' })
})

test('a tsconfig that extends what is not installed keeps nothing from loading', async () => {
  write('tsconfig.json', '{ "extends": "@not/installed/tsconfig.json" }')
  write('knexfile.ts', `export default { client: 'pg' as const, migrations: { tableName: 'typed' } }`)
  await expect(load()).resolves.toMatchObject({ tableName: 'typed' })
})

test('the command line ends with 78 for a knexfile that it cannot honour', async () => {
  write('knexfile.cjs', `module.exports = { client: 'mysql2', connection: {} }`)
  const { code, stderr } = await runCli(['migrate'], { cwd: dir })
  expect(stderr()).toMatch(/client "mysql2"; migrations run here on PostgreSQL through `pg` only/)
  expect(code).toBe(78)
})
