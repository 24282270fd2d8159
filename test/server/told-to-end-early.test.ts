import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createDatabase, type TestDatabase } from '../support/database.js'
import { cliPath, eventually, start, startCli, type Spawned } from '../support/processes.js'
import { createTestProject, migrationOf, type TestProject } from '../support/project.js'
import { createRelay } from '../support/relay.js'
import { serverEnvironment, startServer } from '../support/server.js'

let database: TestDatabase
let project: TestProject
beforeEach(async () => {
  database = await createDatabase()
  project = createTestProject({ '001_accounts': migrationOf('create table accounts (id int)') })
})
afterEach(async () => {
  project.destroy()
  await database.drop()
})

const messagesOf = (server: Spawned): string[] =>
  server
    .stdout()
    .trimEnd()
    .split('\n')
    .map((line) => (JSON.parse(line) as { message: string }).message)

/** Node hooks that hold up whoever loads this module, and say so. */
const slowly = (module: string) =>
  `data:text/javascript,${encodeURIComponent(`
import { register } from 'node:module'
register('data:text/javascript,' + encodeURIComponent(\`
export async function resolve(specifier, context, next) {
  if (specifier === '${module}') {
    process.stderr.write('loading')
    await new Promise((settle) => setTimeout(settle, 3000))
  }
  return next(specifier, context)
}\`))`)}`

const held = (module = '../chunks/command-line.js', url = database.url) => ({
  ...serverEnvironment(url),
  NODE_OPTIONS: `--import=${slowly(module)}`,
})

test('a server that is told to end while it is still being loaded ends with 0, any other command by the signal', async () => {
  for (const [command, exit] of [
    ['serve', { code: 0, signal: null }],
    ['status', { code: null, signal: 'SIGTERM' }],
  ] as const) {
    const loading = startCli([command], { cwd: project.dir, env: held() })
    await loading.printed(/loading/)
    loading.kill('SIGTERM')
    expect([command, await loading.exit]).toEqual([command, exit])
    expect(loading.stdout()).toBe('')
  }
}, 60_000)

const namespaced = ['--pid', '--fork', '--kill-child', '--mount-proc']
if (spawnSync('unshare', [...namespaced, 'true']).status === 0) {
  test.each([
    ['serve', 0],
    ['migrate', 143],
  ])(
    'as process 1 of a container `%s` hears the signal too, which the kernel hands it only if it listens',
    async (command, code) => {
      const container = start('unshare', [...namespaced, process.execPath, cliPath, command], {
        cwd: project.dir,
        env: held(),
      })
      await container.printed(/loading/)
      const children = `/proc/${container.pid}/task/${container.pid}/children`
      expect(existsSync(children)).toBe(true)
      process.kill(Number(readFileSync(children, 'utf8')), 'SIGTERM')
      expect((await container.exit).code).toBe(code)
    },
    60_000,
  )
}

test('told to end while it is still being opened, it asks the database nothing, and its last line says that it stopped', async () => {
  const relay = await createRelay(database.url)
  await relay.open()
  const server = startCli(['serve'], { cwd: project.dir, env: held('./ops.js', relay.url) })
  await server.printed(/loading/)
  expect(server.stdout()).toContain('health port')
  server.kill('SIGTERM')
  expect(await server.exit).toEqual({ code: 0, signal: null })
  expect(relay.connections()).toBe(0)
  expect(messagesOf(server).at(-1)).toBe('stopped')
  await relay.close()
}, 60_000)

test('a call that outlives its connection is told in the log before the last line', async () => {
  const waiting = `import { existsSync, writeFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
writeFileSync('loading', '')
while (!existsSync('released')) await sleep(5)
${migrationOf('select 1')}`
  project.write('002_waits', waiting)
  const env = serverEnvironment(database.url, { MIGRATE_ON_BOOT: 'false', SHUTDOWN_GRACE: '100ms' })
  const server = await startServer(env, { cwd: project.dir })
  const call = server.migrate().catch(() => 'cut')
  await eventually(() => existsSync(join(project.dir, 'loading')))
  server.kill('SIGTERM')
  expect(await call).toBe('cut')
  writeFileSync(join(project.dir, 'released'), '')
  expect((await server.exit).code).toBe(0)
  const messages = messagesOf(server)
  expect(messages.at(-1)).toBe('stopped')
  expect(messages.filter((message) => message.startsWith('migration call'))).toHaveLength(1)
}, 60_000)
