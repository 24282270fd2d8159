import { spawnSync } from 'node:child_process'
import { createDatabase, type TestDatabase } from '../support/database.js'
import { cliPath, runCli, start } from '../support/processes.js'
import { createTestProject, migrationOf, type TestProject } from '../support/project.js'

let database: TestDatabase
let project: TestProject
beforeEach(async () => {
  database = await createDatabase()
  project = createTestProject({
    '20250101000000_create_accounts': migrationOf('create table accounts (id int)'),
    '20250102000000_create_orders': migrationOf('create table orders (id int)'),
  })
})
afterEach(async () => {
  project.destroy()
  await database.drop()
})

const environment = (env: Readonly<Record<string, string>> = {}) => ({
  NODE_ENV: 'production',
  DATABASE_URL: database.url,
  ...env,
})

const hasScript = spawnSync('script', ['--version']).error === undefined
const claim = 'data:text/javascript,for(const s of [process.stdout,process.stderr])s.isTTY=true'

/** The program that opens a pseudo-terminal, or, where a machine has none, Node told that it writes to a terminal. */
function terminalFor(args: string): [string, string[]] {
  if (!hasScript) return [process.execPath, ['--import', claim, cliPath, ...args.split(' ')]]
  const command = `"${process.execPath}" "${cliPath}" ${args}`
  return [
    'script',
    process.platform === 'linux' ? ['-qec', command, '/dev/null'] : ['-q', '/dev/null', 'sh', '-c', command],
  ]
}

/** What a terminal is sent. */
async function onTerminal(args: string, env: Readonly<Record<string, string>> = {}) {
  const options = { cwd: project.dir, env: environment({ TERM: 'xterm', ...env }) }
  const run = start(...terminalFor(args), options)
  const { code } = await run.exit
  return { code, shown: run.output() }
}

const escape = '\u001b'

test('on a terminal a bar is drawn over, and every applied migration leaves a line', async () => {
  const { code, shown } = await onTerminal('migrate')
  expect(code).toBe(0)
  expect(shown).toContain(`\r${escape}[2K`)
  expect(shown).toMatch(/[█░]{24} \[1\/2\] 20250101000000_create_accounts/)
  expect(shown).toMatch(/\[2\/2\] 20250102000000_create_orders applied in [^\n]*\n/)
  expect(shown).toContain('Migrations applied: 2 in')
  expect(shown.slice(shown.lastIndexOf(`${escape}[2K`))).not.toMatch(/[█░]/)
}, 30_000)

test('elsewhere there are plain lines and not one control character', async () => {
  const run = await runCli(['migrate'], { cwd: project.dir, env: environment({ TERM: 'xterm' }) })
  expect(run.stderr().split('\n')).toEqual(
    expect.arrayContaining([expect.stringMatching(/^\[2\/2\] 20250102000000_create_orders applied in /)]),
  )
  expect(run.output()).not.toContain(escape)
  expect(run.output()).not.toContain('\r')
})

test('a terminal that cannot move its cursor gets plain lines, too', async () => {
  const { code, shown } = await onTerminal('migrate', { TERM: 'dumb' })
  expect(code).toBe(0)
  expect(shown).toContain('[2/2] 20250102000000_create_orders applied in ')
  expect(shown).not.toContain(escape)
}, 30_000)

const colour = new RegExp(`${escape}\\[\\d+m`)

test('warnings are coloured on a terminal, unless NO_COLOR is set', async () => {
  const misspelt = { MIGRATION_BUDGTE: '1m' }
  expect((await onTerminal('status', misspelt)).shown).toMatch(colour)
  const plain = await onTerminal('status', { ...misspelt, NO_COLOR: '1' })
  expect(plain.shown).toContain('MIGRATION_BUDGET')
  expect(plain.shown).not.toMatch(colour)
}, 30_000)

test('with --json a terminal shows one line that a program can read', async () => {
  const { shown } = await onTerminal('plan --json')
  expect(JSON.parse(shown)).toMatchObject({ status: 'planned' })
})
