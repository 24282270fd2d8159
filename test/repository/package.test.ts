import { read } from './sources.js'

interface Locked {
  readonly version?: string
  readonly resolved?: string
  readonly optionalDependencies?: Readonly<Record<string, string>>
}

interface Lock {
  readonly packages: Readonly<Record<string, Locked>>
}

/** Packages of a lock file that are tied to the server they once came from. */
const tied = (lock: Lock): string[] =>
  Object.entries(lock.packages)
    .filter(([, entry]) => entry.resolved !== undefined)
    .map(([name]) => name)

/** Optional packages, such as another platform's binaries, without an entry. */
const missing = (lock: Lock): string[] =>
  Object.entries(lock.packages).flatMap(([at, entry]) =>
    Object.keys(entry.optionalDependencies ?? {}).filter(
      (name) => !lock.packages[`node_modules/${name}`] && !lock.packages[`${at}/node_modules/${name}`],
    ),
  )

const lock = JSON.parse(read('package-lock.json')) as Lock
const manifest = JSON.parse(read('package.json')) as { scripts: Record<string, string> }

test('the lock file ties no package to a server', () => {
  expect(tied(lock)).toEqual([])
  expect(tied({ packages: { a: { resolved: 'somewhere' }, b: {} } })).toEqual(['a'])
})

// npm leaves out what it could not look up, and `npm ci` then refuses the file on the next machine.
test('the lock file knows the binaries of every platform', () => {
  expect(missing(lock)).toEqual([])
  const one = { version: '1.0.0', optionalDependencies: { 'one-darwin': '1.0.0', 'one-linux': '1.0.0' } }
  expect(missing({ packages: { 'node_modules/one': one, 'node_modules/one-linux': {} } })).toEqual([
    'one-darwin',
  ])
})

test('`npm run check` and the script for a fresh machine check the same', () => {
  const script = read('.ci/run')
  for (const step of ['format', 'lint', 'types']) {
    expect(manifest.scripts['check']).toContain(`npm run --silent ${step}`)
    expect(script).toContain(`npm run --silent ${step}\n`)
  }
  expect(manifest.scripts['check']).toContain('npm run --silent test:browser')
  expect(script).toContain('npm run --silent test:browser\n')
  expect(manifest.scripts['check']).toMatch(/npm test$/)
  expect(script).toMatch(/^npm test\n/m)
})

test('the globs below express-ip-filter are ones without known flaws', () => {
  expect(lock.packages['node_modules/micromatch']?.version).toMatch(/^4\.0\.([89]|\d\d)/)
  expect(lock.packages['node_modules/braces']?.version).toMatch(/^3\.0\.([3-9]|\d\d)/)
})
