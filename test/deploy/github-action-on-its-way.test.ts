import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createDatabase, type TestDatabase } from '../support/database.js'
import { eventually } from '../support/processes.js'
import { createTestProject, migrationOf, type TestProject } from '../support/project.js'
import { secret, serverEnvironment, startServer } from '../support/server.js'
import { createRunner, type Runner } from './runner.js'
import { inTurns } from './turns.js'

/** What comes between the action and the door. */

let database: TestDatabase
let project: TestProject
let runner: Runner
beforeEach(async () => {
  database = await createDatabase()
  project = createTestProject({ '001_accounts': migrationOf('create table accounts (id int)') })
  runner = createRunner()
})
afterEach(async () => {
  runner.destroy()
  project.destroy()
  await database.drop()
})

test('once the release has answered, a door that is away for a while costs no run its result', async () => {
  project.write('002_slow', migrationOf('select pg_sleep(8)', 'create table slow (id int)'))
  const env = serverEnvironment(database.url, { MIGRATE_ON_BOOT: 'false' })
  const server = await startServer(env, { cwd: project.dir })
  const door = await inTurns(server.ops)
  const run = runner.start(door.url, project.dir, {
    SALLYPORT_WAIT_FOR_RELEASE: '5',
    MIGRATION_SECRET: `${secret}\n`,
  })
  await run.printed(/002_slow started/)
  await eventually(async () => {
    const rows = await database.query(
      "select 1 from sallyport.runs where clock_timestamp() - started_at > interval '5 seconds'",
    )
    return rows.length > 0
  })
  door.to('http://127.0.0.1:1')
  door.cut()
  await run.printed(/the door was not reached: .*; trying again/)
  door.to(server.ops)
  expect([(await run.exit).code, run.stderr()]).toEqual([0, ''])
  expect(runner.outputs()).toMatchObject({ status: 'applied', applied: '["001_accounts","002_slow"]' })
  await door.close()
  server.kill('SIGTERM')
  await server.exit
}, 60_000)

test('what a proxy or the database says never becomes a command of the runner', async () => {
  const proxy = createServer((_request, response) => {
    response.writeHead(503, { 'content-type': 'application/problem+json' })
    response.end(
      JSON.stringify({ code: 'draining', detail: 'away\n::set-env name=PATH::/tmp\r\n::debug::x' }),
    )
  }).listen(0, '127.0.0.1')
  await new Promise((settle) => proxy.once('listening', settle))
  const url = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`
  const run = runner.start(url, project.dir, { SALLYPORT_TIMEOUT: '4' })
  expect((await run.exit).code).toBe(1)
  const commands = run.stdout().match(/^::.*$/gm) ?? []
  expect(commands.map((line) => /^::[\w-]+/.exec(line)?.[0])).toEqual(['::add-mask', '::error'])
  await new Promise((settle) => proxy.close(settle))
}, 60_000)
