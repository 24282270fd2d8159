import { parse } from 'yaml'
import { problemKinds } from '../../src/problems/catalog.js'
import { read } from '../repository/sources.js'
import { createDatabase, type TestDatabase } from '../support/database.js'
import { answers, type Spawned } from '../support/processes.js'
import { createTestProject, migrationOf, type TestProject } from '../support/project.js'
import { secret, serverEnvironment, startServer, type TestServer } from '../support/server.js'
import { createRunner, type Runner } from './runner.js'
import { inTurns, type Turns } from './turns.js'

const accounts = { '001_accounts': migrationOf('create table accounts (id int)') }
let database: TestDatabase
let oldProject: TestProject
let newProject: TestProject
let runner: Runner
beforeEach(async () => {
  database = await createDatabase()
  runner = createRunner()
  oldProject = createTestProject(accounts)
  newProject = createTestProject(accounts)
})
afterEach(async () => {
  runner.destroy()
  oldProject.destroy()
  newProject.destroy()
  await database.drop()
})

const serve = (project: TestProject, env: Readonly<Record<string, string>> = {}): Promise<TestServer> =>
  startServer(serverEnvironment(database.url, { MIGRATE_ON_BOOT: 'false', ...env }), { cwd: project.dir })

const action = (door: Pick<Turns, 'url'> | string, env: Readonly<Record<string, string>> = {}): Spawned =>
  runner.start(typeof door === 'string' ? door : door.url, newProject.dir, env)

const summary = () => runner.summary()
const outputs = () => runner.outputs()

async function stop(...servers: readonly TestServer[]): Promise<void> {
  for (const server of servers) server.kill('SIGTERM')
  await Promise.all(servers.map((server) => server.exit))
}

test('an old replica answers 412, the action comes again, and the new release migrates', async () => {
  const before = await serve(oldProject, { RELEASE: '1.4.0' })
  expect((await before.migrate()).status).toBe(200)
  newProject.write('002_orders', migrationOf('create table orders (id int)'))
  const after = await serve(newProject, { RELEASE: '1.5.0' })
  const door = await inTurns(before.ops, after.ops)
  const run = action(door)
  expect([(await run.exit).code, run.stderr()]).toEqual([0, ''])
  expect(run.stdout()).toMatch(/^::add-mask::/)
  expect(run.stdout()).toContain('expecting 002_orders')
  expect(run.stdout()).toContain(
    'an old replica answered (it ships 001_accounts); trying again on a new connection',
  )
  expect(run.stdout()).toContain('1/1 002_orders applied')
  expect(outputs()).toMatchObject({
    status: 'applied',
    applied: '["002_orders"]',
    release: '1.5.0',
    code: '',
  })
  expect(outputs()['run-id']).toMatch(/^[0-9a-f-]{36}$/)
  expect(summary()).toContain('| 002_orders |')
  expect(`${summary()}${JSON.stringify(outputs())}`).not.toContain(secret)
  await door.close()
  await stop(before, after)
}, 60_000)

test('old replicas alone: the action gives up at its limit with 6', async () => {
  const before = await serve(oldProject)
  newProject.write('002_orders', migrationOf('create table orders (id int)'))
  const run = action(before.ops, { SALLYPORT_WAIT_FOR_RELEASE: '4' })
  expect((await run.exit).code).toBe(6)
  expect(run.stdout()).toContain('::error title=Sallyport::out of time: an old replica answered')
  expect(outputs()).toMatchObject({ status: 'failed', code: 'unexpected_head' })
  expect(await database.query("select to_regclass('accounts') as found")).toEqual([{ found: null }])
  await stop(before)
}, 60_000)

test('a connection that breaks during a long run: the action comes back and gets that run’s result', async () => {
  newProject.write('002_slow', migrationOf('select pg_sleep(4)', 'create table slow (id int)'))
  const server = await serve(newProject)
  const door = await inTurns(server.ops)
  const run = action(door)
  await run.printed(/002_slow started/)
  door.cut()
  await run.printed(/the stream broke|the stream ended before/)
  expect([(await run.exit).code, run.stderr()]).toEqual([0, ''])
  expect(outputs()).toMatchObject({ status: 'applied', applied: '["001_accounts","002_slow"]' })
  expect(await database.query('select count(*)::int as count from sallyport.runs')).toEqual([{ count: 1 }])
  await door.close()
  await stop(server)
}, 60_000)

test('a failed migration ends with 1, and says in log and summary which one and what to do', async () => {
  newProject.write('002_bad', migrationOf('select 1 / 0'))
  const server = await serve(newProject)
  const run = action(server.ops)
  expect((await run.exit).code).toBe(1)
  expect(run.stdout()).toMatch(/::error title=Sallyport::migration_failed: .*old pods are untouched/)
  expect(outputs()).toMatchObject({ status: 'failed', code: 'migration_failed' })
  expect(summary()).toMatch(/:x: Migrations: failed[^]*002_bad/)
  await stop(server)
}, 60_000)

test('who is not on the allowlist is told about runners’ addresses, and a wrong secret ends at once', async () => {
  const server = await serve(newProject, { MIGRATION_ALLOWED_IPS: '203.0.113.7' })
  const refused = action(server.ops)
  expect((await refused.exit).code).toBe(1)
  expect(refused.stdout()).toContain('GitHub-hosted runners have no fixed addresses')
  await stop(server)
  const other = await serve(newProject)
  const wrong = action(other.ops, { MIGRATION_SECRET: 'wrong' })
  expect((await wrong.exit).code).toBe(1)
  expect(wrong.stdout()).toContain('was it rotated?')
  await stop(other)
}, 60_000)

test('a door that is not there yet is waited for; a dry run tells what is pending and writes nothing', async () => {
  const door = await inTurns('http://127.0.0.1:1')
  const run = action(door, { SALLYPORT_DRY_RUN: 'true' })
  await run.printed(/the door was not reached: .*; trying again/)
  const server = await serve(newProject)
  await answers(`${server.health}/startupz`, 200)
  door.to(server.ops)
  expect([(await run.exit).code, run.stderr()]).toEqual([0, ''])
  expect(outputs()).toMatchObject({ status: 'planned', 'run-id': '' })
  expect(summary()).toContain('- 001_accounts')
  expect(await database.query("select to_regclass('sallyport.runs') as found")).toEqual([{ found: null }])
  await door.close()
  await stop(server)
}, 60_000)

test.each([
  ['no secret', { MIGRATION_SECRET: '' }, 'The input `secret` is empty'],
  ['a secret that is none', { MIGRATION_SECRET: 'two words' }, 'The input `secret` cannot be a bearer token'],
  ['no URL', { SALLYPORT_URL: 'ops.example.com' }, 'The input `url` is no URL'],
  ['no directory', { SALLYPORT_MIGRATIONS: 'none' }, 'There is no directory none'],
  ['a limit in words', { SALLYPORT_TIMEOUT: '10m' }, 'The input `timeout` is no number of seconds'],
])('%s ends with 2 before anything is sent', async (_what, env, told) => {
  const run = action('http://127.0.0.1:1', env)
  expect([(await run.exit).code, run.stdout()]).toEqual([2, expect.stringContaining(told)])
})

interface Action {
  readonly inputs: Readonly<Record<string, unknown>>
  readonly outputs: Readonly<Record<string, { readonly value: string }>>
  readonly runs: {
    readonly steps: readonly { readonly env: Readonly<Record<string, string>>; readonly run: string }[]
  }
}

test('the action hands every input on as a variable, none into its script, and every output is one that is written', () => {
  const { inputs, outputs: declared, runs } = parse(read('deploy/github-action/action.yml')) as Action
  const [step] = runs.steps
  expect(Object.values(step?.env ?? {})).toEqual(Object.keys(inputs).map((name) => `\${{ inputs.${name} }}`))
  expect(step?.run).not.toContain('${{')
  const report = read('deploy/github-action/report.mjs')
  for (const name of Object.keys(declared)) expect(report).toMatch(new RegExp(`^ {4}'?${name}'?:`, 'm'))
})

test('codes that the action knows are codes of the door, with the exit codes of the command line', () => {
  const verdicts = read('deploy/github-action/verdicts.mjs')
  const part = (name: string) => new RegExp(`const ${name} = [^]*?\\n[})]`).exec(verdicts)?.[0] ?? ''
  const kinds: Readonly<Record<string, { readonly exitCode: number }>> = problemKinds
  for (const [, code = '', exitCode] of part('exitCodes').matchAll(/^ {2}(\w+): (\d+),$/gm))
    if (code !== 'still_running') expect([code, kinds[code]?.exitCode]).toEqual([code, Number(exitCode)])
  for (const [, code = ''] of part('again').matchAll(/'(\w+)'/g)) expect(Object.keys(kinds)).toContain(code)
  for (const [, code = ''] of part('advices').matchAll(/^ {2}(\w+):/gm))
    expect(Object.keys(kinds)).toContain(code)
})
