import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { root, start } from '../support/processes.js'

const loader = pathToFileURL(join(root, 'dist/src/project/module-loader.js')).href
let dir: string

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'sallyport-modules-'))
})
afterEach(() => {
  rmSync(dir, { recursive: true, force: true })
})

// Node's own loaders are what is asked here, so a process of its own does it.
test.each([
  ['m.cjs', 'exports.up = () => '],
  ['m.js', 'exports.up = () => '],
  ['m.mjs', 'export const up = () => '],
  ['m.ts', 'export const up = (): number => '],
])('an edited %s is loaded anew within the same process', async (name, source) => {
  const script = `
    import { writeFileSync } from 'node:fs'
    import { loadModule } from ${JSON.stringify(loader)}
    const path = ${JSON.stringify(join(dir, name))}
    for (const answer of [1, 2]) {
      writeFileSync(path, ${JSON.stringify(source)} + answer)
      process.stdout.write(String((await loadModule(path, 'v' + answer)).exports.up()))
    }`
  const file = join(dir, 'load.mjs')
  writeFileSync(file, script)
  const child = start(process.execPath, [file], { cwd: dir })
  expect([await child.exit, child.output()]).toEqual([{ code: 0, signal: null }, '12'])
})

test.each([
  ['m.mjs', `import { up } from './helper.mjs'\nexport { up }`],
  ['m.ts', `export { up } from './helper.mjs'`],
])(
  'a %s that did not load for want of what it imports is loaded once that is there',
  async (name, source) => {
    writeFileSync(join(dir, name), source)
    const script = `
    import { writeFileSync } from 'node:fs'
    import { loadModule } from ${JSON.stringify(loader)}
    const path = ${JSON.stringify(join(dir, name))}
    process.stdout.write(await loadModule(path, 'v1').then(() => 'loaded', () => 'failed'))
    writeFileSync(${JSON.stringify(join(dir, 'helper.mjs'))}, 'export const up = () => 1')
    process.stdout.write(String((await loadModule(path, 'v1')).exports.up()))`
    const file = join(dir, 'load.mjs')
    writeFileSync(file, script)
    const child = start(process.execPath, [file], { cwd: dir })
    expect([await child.exit, child.output()]).toEqual([{ code: 0, signal: null }, 'failed1'])
  },
)
