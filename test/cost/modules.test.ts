import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { createDatabase } from '../support/database.js'
import { answers, eventually, root, runCli, startCli } from '../support/processes.js'
import { createTestProject, migrationOf } from '../support/project.js'

const project = createTestProject({ '001_first': migrationOf('select 1') })
let coverage: string
let url: string
let drop: () => Promise<void>

beforeAll(async () => {
  coverage = mkdtempSync(join(tmpdir(), 'sallyport-modules-'))
  ;({ url, drop } = await createDatabase())
  const { code } = await runCli(['migrate'], {
    cwd: project.dir,
    env: { ...environment(), NODE_V8_COVERAGE: '' },
  })
  expect(code).toBe(0)
})

afterAll(async () => {
  rmSync(coverage, { recursive: true, force: true })
  project.destroy()
  await drop()
})

const environment = () => ({ NODE_ENV: 'production', DATABASE_URL: url, NODE_V8_COVERAGE: coverage })

/** V8 lists every script that a process has run when that ends. */
function loaded(pid: number): string[] {
  const file = readdirSync(coverage).find((name) => name.startsWith(`coverage-${pid}-`)) ?? ''
  const { result } = JSON.parse(readFileSync(join(coverage, file), 'utf8')) as { result: { url: string }[] }
  return result.map((script) => script.url).filter((script) => script.startsWith('file:'))
}

const packagesOf = (scripts: readonly string[]): string[] => [
  ...new Set(scripts.flatMap((script) => /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(script)?.[1] ?? [])),
]

const heavy = [
  'knex',
  'lodash',
  'express',
  'winston',
  'zod',
  'prom-client',
  '@sentry/node',
  'jiti',
  'helmet',
  'commander',
  'dotenv',
  'canonicalize',
]

/** The parts of our own code, and how much that is in KiB. */
function ours(scripts: readonly string[]): { readonly parts: readonly string[]; readonly kib: number } {
  const paths = scripts
    .filter((script) => script.startsWith(`${pathToFileURL(root).href}/dist/`))
    .map((script) => fileURLToPath(script))
  const sizes = paths.map((path) => statSync(path).size)
  return {
    parts: paths.map((path) => basename(path, '.js')).sort(),
    kib: Math.ceil(sizes.reduce((sum, size) => sum + size, 0) / 1024),
  }
}

test.each([
  ['status', 39, 223],
  ['migrate', 39, 223],
])(
  '`%s` with nothing to do loads the driver and two stages of ours, and no more than it did',
  async (command, most, kib) => {
    const { pid, code } = await runCli([command], { cwd: project.dir, env: environment() })
    expect(code).toBe(0)
    const scripts = loaded(pid)
    expect(packagesOf(scripts).filter((name) => heavy.includes(name))).toEqual([])
    expect(scripts.length).toBeLessThanOrEqual(most)
    const own = ours(scripts)
    expect(own.parts).toEqual(
      ['command-line', 'engine', 'main', 'rolldown-runtime', 'start', `${command}-command`].sort(),
    )
    expect(own.kib).toBeLessThanOrEqual(kib)
  },
)

const serving = (database: string) => ({
  ...environment(),
  DATABASE_URL: database,
  MIGRATION_SECRET: 'Zx8vQ2mN5rT7wY1kB4cF6hJ9pL3sD0gA',
  MIGRATION_ALLOWED_IPS: '127.0.0.1',
  HOST: '127.0.0.1',
  PORT: '0',
  HEALTH_PORT: '0',
  MIGRATE_ON_BOOT: 'false',
})

test('a server that is up and was asked nothing has loaded neither knex nor zod nor Sentry nor prom-client', async () => {
  const server = startCli(['serve'], { cwd: project.dir, env: serving(url) })
  const [, port] = await server.printed(/health port: (\d+)/)
  await answers(`http://127.0.0.1:${String(port)}/readyz`, 200)
  server.kill('SIGTERM')
  await server.exit
  const scripts = loaded(server.pid)
  const packages = packagesOf(scripts)
  expect(
    packages.filter((name) =>
      ['knex', 'lodash', 'prom-client', '@sentry/node', 'zod', 'commander', 'dotenv'].includes(name),
    ),
  ).toEqual([])
  expect(packages).toContain('express')
  const own = ours(scripts)
  expect(own.parts).toEqual([
    'command-line',
    'door',
    'engine',
    'main',
    'open-engine',
    'ops',
    'rolldown-runtime',
    'serve',
    'serve-command',
    'start',
  ])
  expect(own.kib).toBeLessThanOrEqual(353)
})

// Node 20 loads undici, an HTTP client, for the global `Response`, by which the driver would know Cloudflare.
test('to connect loads none of what Node has for fetch, and leaves the global object as it was', async () => {
  const file = join(coverage, 'builtins.json')
  const look = `process.on('exit', () => require('node:fs').writeFileSync(${JSON.stringify(file)},
    JSON.stringify({ loaded: process.moduleLoadList, navigator: typeof navigator })))`
  const preload = join(coverage, 'look.cjs')
  writeFileSync(preload, look)
  const { code } = await runCli(['status'], {
    cwd: project.dir,
    env: { ...environment(), NODE_OPTIONS: `--require ${preload}` },
  })
  expect(code).toBe(0)
  const { loaded: builtins, navigator: seen } = JSON.parse(readFileSync(file, 'utf8')) as {
    readonly loaded: readonly string[]
    readonly navigator: string
  }
  expect(builtins.filter((name) => name.includes('undici'))).toEqual([])
  expect(seen).toBe('navigator' in globalThis ? 'object' : 'undefined')
})

test('a server that is behind has loaded knex before somebody calls it', async () => {
  const empty = await createDatabase()
  const env = { ...serving(empty.url), LOG_LEVEL: 'debug' }
  const server = startCli(['serve'], { cwd: project.dir, env })
  try {
    const [, port] = await server.printed(/health port: (\d+)/)
    const probed = async () => (await fetch(`http://127.0.0.1:${String(port)}/readyz`)).text()
    await eventually(
      async () => (await probed()).includes('pending'),
      20_000,
      () => 'never behind',
    )
    await server.printed(/what a run needs is loaded/)
    expect(await empty.query("select from pg_class where relname like 'knex%'")).toEqual([])
  } finally {
    server.kill('SIGTERM')
    await server.exit
    await empty.drop()
  }
  expect(packagesOf(loaded(server.pid))).toContain('knex')
})

test('the count sees what a process loads', () => {
  expect(packagesOf([`file://${root}/node_modules/@sentry/node/a.js`, `file://${root}/src/a.js`])).toEqual([
    '@sentry/node',
  ])
})
