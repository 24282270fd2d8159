import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { createDatabase } from '../support/database.js'
import { embeddedPlace } from '../support/embedded-place.js'
import { answers, eventually, root, runCli, start, startCli } from '../support/processes.js'
import { createTestProject, migrationOf, type TestProject } from '../support/project.js'
import { serverEnvironment, startServer } from '../support/server.js'

let project: TestProject

beforeEach(() => {
  project = createTestProject({
    '20250101000000_create_accounts': migrationOf('create table accounts (id int)'),
  })
})
afterEach(() => {
  rmSync(embeddedPlace(project.dir), { recursive: true, force: true })
  project.destroy()
})

const freePorts = { PORT: '0', HEALTH_PORT: '0' }

/** For a machine without curl: takes the arguments of the printed line only. */
const curlInNode = `#!${process.execPath}
const [, fail, , method, url, , header] = process.argv.slice(2)
const [name, value] = header.split(': ')
fetch(url, { method, headers: { [name]: value } }).then(async (response) => {
  process.stdout.write(await response.text())
  process.exitCode = response.ok || fail !== '--fail-with-body' ? 0 : 22
})
`

function paste(line: string) {
  const dir = join(project.dir, 'bin')
  mkdirSync(dir)
  writeFileSync(join(dir, 'curl'), curlInNode, { mode: 0o755 })
  return start('sh', ['-c', line], { cwd: '/', env: { PATH: `${process.env.PATH ?? ''}:${dir}` } })
}

test('on a fresh project it makes secrets and a database, migrates, and prints a line that works when pasted', async () => {
  const server = startCli(['serve', '--local'], { cwd: project.dir, env: freePorts, detached: true })
  const [line] = await server.printed(/^curl .*$/m, 60_000)
  const file = join(project.dir, '.env.local')
  expect(statSync(file).mode & 0o777).toBe(0o600)
  const [secret = ''] = /[0-9a-f]{64}/.exec(readFileSync(file, 'utf8')) ?? []
  expect(server.output()).toContain('boot: 1 migration applied')

  const pasted = paste(line)
  expect((await pasted.exit).code).toBe(0)
  expect(JSON.parse(pasted.stdout())).toMatchObject({ success: true, status: 'up_to_date', release: '1.4.0' })

  const status = await runCli(['status', '--local', '--json'], { cwd: project.dir })
  expect(JSON.parse(status.stdout())).toMatchObject({ upToDate: true, applied: 1 })

  process.kill(-server.pid, 'SIGINT')
  expect(await server.exit).toEqual({ code: 0, signal: null })
  const password = readFileSync(join(embeddedPlace(project.dir), 'postgres/password'), 'utf8').trim()
  for (const hidden of [secret, password]) expect(server.output()).not.toContain(hidden)
}, 90_000)

test('nothing is made up where somebody chose an environment', async () => {
  const database = await createDatabase()
  const env = { ...freePorts, NODE_ENV: 'test', DATABASE_URL: database.url }
  const server = startCli(['serve', '--local'], { cwd: project.dir, env })
  await server.printed(/health port/)
  expect(existsSync(join(project.dir, '.env.local'))).toBe(false)
  expect(server.output()).toMatch(/dedicated migration secret: no/)
  server.kill('SIGTERM')
  await server.exit
  await database.drop()
})

test('NODE_ENV=production is production, with --local too', async () => {
  const run = await runCli(['serve', '--local'], {
    cwd: project.dir,
    env: { ...freePorts, NODE_ENV: 'production' },
  })
  expect(run.code).toBe(78)
  expect(existsSync(join(project.dir, '.env.local'))).toBe(false)
})

/** Whether user 65532, as which images without a shell run, can enter the repository. */
function stranger() {
  if (process.getuid?.() !== 0) return {}
  for (let dir = root; dir !== '/'; dir = dirname(dir)) if (!(statSync(dir).mode & 0o001)) return {}
  return { uid: 65532, gid: 65532 }
}

test('in production it writes nothing: no home, a read-only directory, an unprivileged user', async () => {
  const database = await createDatabase()
  chmodSync(project.dir, 0o555)
  const env = serverEnvironment(database.url, { TMPDIR: '/nonexistent' })
  const server = await startServer(env, { cwd: project.dir, ...stranger() })
  await answers(`${server.health}/readyz`, 200)
  server.kill('SIGTERM')
  expect((await server.exit).code).toBe(0)
  chmodSync(project.dir, 0o755)
  await database.drop()
})

test('npm that was killed does not leave a server behind', async () => {
  const database = await createDatabase()
  const env = serverEnvironment(database.url, { npm_lifecycle_event: 'start' })
  const cli = join(root, 'dist/src/cli/main.js')
  const parent = start('sh', ['-c', `"${process.execPath}" "${cli}" serve & echo "server $!"; wait`], {
    cwd: project.dir,
    env,
  })
  const pid = Number((await parent.printed(/^server (\d+)$/m))[1])
  const [, health] = await parent.printed(/health port: (\d+)/)
  await answers(`http://127.0.0.1:${health}/readyz`, 200)
  process.kill(parent.pid, 'SIGKILL')
  await eventually(() => !isAlive(pid))
  await database.drop()
})

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}
