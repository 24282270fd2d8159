import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { checkKinds } from '../../src/check/catalog.js'
import type { Checklist } from '../../src/check/checklist.js'
import { good, itemOf, other, says, secret } from '../check/rig.js'
import { createDatabase, type TestDatabase } from '../support/database.js'
import { runCli } from '../support/processes.js'
import { createTestProject, migrationOf, type TestProject } from '../support/project.js'

const first = '20250101000000_create_accounts'

let database: TestDatabase
let project: TestProject

beforeAll(async () => {
  database = await createDatabase()
  project = createTestProject({ [first]: migrationOf('create table accounts (id int)') })
})
afterAll(async () => {
  project.destroy()
  await database.drop()
})

function sallyport(args: readonly string[], env: Readonly<Record<string, string>> = {}) {
  return runCli(args, { cwd: project.dir, env: { ...good, DATABASE_URL: database.url, ...env } })
}

async function check(env: Readonly<Record<string, string>> = {}) {
  const run = await sallyport(['check', '--json'], env)
  const checklist = JSON.parse(run.stdout()) as Checklist
  return { ...run, checklist, item: (id: string) => itemOf(checklist, id) }
}

test('check --json is one line with every item in order, and ends with 0 where nothing fails', async () => {
  const { code, stdout, stderr, checklist } = await check()
  expect([code, stderr(), stdout().trim().split('\n').length]).toEqual([0, '', 1])
  expect(checklist.items.map(({ id }) => id)).toEqual(Object.keys(checkKinds))
  expect(checklist).toMatchObject({ status: 'warn', environment: 'production', release: '1.4.0' })
  expect(itemOf(checklist, 'pending')).toEqual(['warn', says(first)])
})

test('an item that fails ends it with 1; a secret that a start would refuse is such an item', async () => {
  const { code, checklist, item } = await check({ MIGRATION_SECRET: '' })
  expect([code, checklist.status, item('secret_set')]).toEqual([1, 'fail', ['fail', says('not set')]])
  expect(item('pending')[0]).toBe('warn')
})

test('a database that is away is an item that fails, and its password is not printed', async () => {
  const DATABASE_URL = 'postgres://app:hunter2hunter2@127.0.0.1:1/app'
  const { code, item, output } = await check({ DATABASE_URL })
  expect([code, item('database_reachable'), item('drift')]).toEqual([
    1,
    ['fail', says('ECONNREFUSED')],
    ['warn', says('Not known')],
  ])
  expect(output()).not.toContain('hunter2')
})

test("the knexfile's password is compared with the secret, and not printed", async () => {
  const { hostname, port, pathname, username } = new URL(database.url)
  const at = { host: hostname, port: Number(port), database: pathname.slice(1), user: username }
  const config = { client: 'pg', connection: { ...at, password: secret } }
  writeFileSync(join(project.dir, 'other.js'), `export default ${JSON.stringify(config)}`)
  const { item, output } = await check({ DATABASE_URL: '', KNEXFILE: './other.js' })
  expect(item('secret_distinct')).toEqual(['fail', says('the password of the database')])
  expect(output()).not.toContain(secret)
})

test('a setting that cannot be read is a matter of configuration: 78, and no checklist', async () => {
  const run = await sallyport(['check', '--json'], { MIGRATION_ALLOWED_IPS: '10.0.0.1/8' })
  expect([run.code, run.stdout()]).toEqual([78, ''])
  expect(run.stderr()).toContain('MIGRATION_ALLOWED_IPS')
})

test('while Next.js builds, nothing is looked at', async () => {
  const run = await sallyport(['check'], { NEXT_PHASE: 'phase-production-build' })
  expect([run.code, run.output()]).toEqual([0, ''])
})

test('piped, the text has words for signs, a remedy below what did not pass, and no colour', async () => {
  const run = await sallyport(['check'], { TRUSTED_PROXIES: '' })
  expect(run.stdout()).toContain('pass  A dedicated migration secret is set (secret_set)\n')
  expect(run.stdout()).toMatch(/warn {2}The token travels encrypted \(tls\)\n.*\n +Now: Set TLS_CERT_FILE/)
  expect(run.stdout()).toMatch(/\n\d+ passed, \d warnings.*, 0 failed\n$/)
  expect(run.stdout()).not.toContain('\u001b')
  for (const value of [secret, other]) expect(run.output()).not.toContain(value)
})
