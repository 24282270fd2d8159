import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { cliPath, root, runCli, start } from '../support/processes.js'

test('help begins with examples and names every command', async () => {
  for (const args of [['help'], ['--help']]) {
    const { code, stdout } = await runCli(args)
    expect(code).toBe(0)
    expect(stdout()).toMatch(/^Examples:\n/)
    for (const command of ['serve', 'migrate', 'status', 'plan', 'init'])
      expect(stdout()).toContain(`  ${command} `)
  }
})

test('no command takes a secret or a connection string as a flag', async () => {
  for (const command of ['serve', 'migrate', 'status', 'plan', 'init']) {
    const { stdout } = await runCli([command, '--help'])
    expect(stdout()).not.toMatch(/--\S*(secret|token|password|url)/i)
    expect(stdout()).toContain('--json')
  }
})

test('the version is that of the package', async () => {
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string }
  expect((await runCli(['--version'])).stdout()).toBe(`${version}\n`)
})

test.each([
  [['migrat'], 'Did you mean migrate?'],
  [['migrate', '--expct', 'x'], 'Did you mean --expect?'],
  [['migrate', '--resolve', 'a=done'], 'NAME=applied or NAME=pending'],
  [['migrate', '--accept-drift', 'a'], '--reason'],
  [['migrate', '--reason', 'because'], '--accept-drift'],
  [['status', 'extra'], 'too many arguments'],
  [[], 'Usage: sallyport'],
])('%j is a usage error: exit 2, and a hint', async (args, hint) => {
  const { code, stdout, stderr } = await runCli(args)
  expect([code, stdout()]).toEqual([2, ''])
  expect(stderr()).toContain(hint)
})

test('init writes .env.local without showing what is in it', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'sallyport-init-'))
  try {
    const { code, stdout, output } = await runCli(['init', '--json'], { cwd: dir })
    expect(code).toBe(0)
    expect(JSON.parse(stdout())).toMatchObject({
      created: true,
      added: ['MIGRATION_SECRET', 'MIGRATION_READ_SECRET'],
    })
    const [secret = ''] = /[0-9a-f]{64}/.exec(readFileSync(join(dir, '.env.local'), 'utf8')) ?? []
    expect(secret).toHaveLength(64)
    expect(output()).not.toContain(secret)
  } finally {
    rmSync(dir, { recursive: true })
  }
})

test('init says where it may not write, without a stack', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'sallyport-init-'))
  try {
    mkdirSync(join(dir, '.env.local'))
    const { code, stdout, stderr } = await runCli(['init'], { cwd: dir })
    expect([code, stdout()]).toEqual([1, ''])
    expect(stderr()).toBe(
      `Cannot write the secrets to ${join(dir, '.env.local')} (EISDIR). Go to a directory where you may, or set MIGRATION_SECRET yourself: \`openssl rand -hex 32\`.\n`,
    )
  } finally {
    rmSync(dir, { recursive: true })
  }
})

test('a usage error names the help of the command at hand', async () => {
  expect((await runCli(['plan', '--expct'])).stderr()).toContain('(sallyport plan --help has examples)')
})

test('a reader that has gone away is no failure', async () => {
  const script = '{ "$0" "$1" --help; echo "exit $?" >&2; } | :'
  const shell = start('sh', ['-c', script, process.execPath, cliPath])
  await shell.exit
  expect(shell.stderr()).toBe('exit 0\n')
})

test('a result that cannot be kept is no success, and says so without a stack', async () => {
  const shell = start('sh', ['-c', '"$0" "$1" --help > /dev/full', process.execPath, cliPath])
  expect(await shell.exit).toEqual({ code: 1, signal: null })
  expect(shell.stderr()).toBe('The result could not be written to stdout (ENOSPC).\n')
})

test('progress that cannot be kept stops nothing', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'sallyport-init-'))
  try {
    const shell = start('sh', ['-c', '"$0" "$1" status 2> /dev/full', process.execPath, cliPath], {
      cwd: dir,
    })
    expect(await shell.exit).toEqual({ code: 78, signal: null })
  } finally {
    rmSync(dir, { recursive: true })
  }
})
