import { read } from './sources.js'

interface Lock {
  readonly packages: Readonly<Record<string, { readonly resolved?: string }>>
}

/** Packages of a lock file that are tied to the server they once came from. */
const tied = (lock: Lock): string[] =>
  Object.entries(lock.packages)
    .filter(([, entry]) => entry.resolved !== undefined)
    .map(([name]) => name)

const manifest = JSON.parse(read('package.json')) as { scripts: Record<string, string> }

test('the lock file ties no package to a server', () => {
  expect(tied(JSON.parse(read('package-lock.json')) as Lock)).toEqual([])
  expect(tied({ packages: { a: { resolved: 'somewhere' }, b: {} } })).toEqual(['a'])
})

test('`npm run check` and the script for a fresh machine check the same', () => {
  const script = read('.ci/run')
  for (const step of ['format', 'lint', 'types']) {
    expect(manifest.scripts['check']).toContain(`npm run --silent ${step}`)
    expect(script).toContain(`npm run --silent ${step}\n`)
  }
  expect(manifest.scripts['check']).toMatch(/npm test$/)
  expect(script).toMatch(/^npm test\n/m)
})

test('the globs below express-ip-filter are ones without known flaws', () => {
  const lock = JSON.parse(read('package-lock.json')) as { packages: Record<string, { version: string }> }
  expect(lock.packages['node_modules/micromatch']?.version).toMatch(/^4\.0\.([89]|\d\d)/)
  expect(lock.packages['node_modules/braces']?.version).toMatch(/^3\.0\.([3-9]|\d\d)/)
})
