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
    import { loadModule, readModule } from ${JSON.stringify(loader)}
    const path = ${JSON.stringify(join(dir, name))}
    for (const answer of [1, 2]) {
      writeFileSync(path, ${JSON.stringify(source)} + answer)
      process.stdout.write(String((await loadModule(readModule(path), 'v' + answer)).up()))
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
    import { loadModule, readModule } from ${JSON.stringify(loader)}
    const path = ${JSON.stringify(join(dir, name))}
    process.stdout.write(await loadModule(readModule(path), 'v1').then(() => 'loaded', () => 'failed'))
    writeFileSync(${JSON.stringify(join(dir, 'helper.mjs'))}, 'export const up = () => 1')
    process.stdout.write(String((await loadModule(readModule(path), 'v1')).up()))`
    const file = join(dir, 'load.mjs')
    writeFileSync(file, script)
    const child = start(process.execPath, [file], { cwd: dir })
    expect([await child.exit, child.output()]).toEqual([{ code: 0, signal: null }, 'failed1'])
  },
)

const kinds: readonly [string, (answer: number) => string][] = [
  ['m.cjs', (answer) => `exports.up = () => ${answer}`],
  ['m.js', (answer) => `exports.up = () => ${answer}`],
  ['m.mjs', (answer) => `export const up = () => ${answer}`],
  ['m.ts', (answer) => `export const up = (): number => ${answer}`],
]

/** Runs a program that has the loader, and tells what it printed. */
async function printed(program: string): Promise<unknown> {
  const file = join(dir, 'load.mjs')
  const imports = `
    import { mkdirSync, renameSync, symlinkSync, writeFileSync } from 'node:fs'
    import { resolve } from 'node:path'
    import { loadModule, readModule } from ${JSON.stringify(loader)}
    const print = (text) => process.stdout.write(String(text))
    process.chdir(${JSON.stringify(dir)})`
  writeFileSync(file, `${imports}\n${program}`)
  const child = start(process.execPath, [file], { cwd: dir })
  return [await child.exit, child.output()]
}

/** The directory is a link; the file is one, into a directory behind a link, as in a volume of Kubernetes. */
test.each(
  kinds.flatMap(([name, source]) =>
    [`turned/${name}`, `volume/${name}`].map((path) => ({ name, source, path })),
  ),
)('$path is what its links lead to, once they were turned', async ({ name, source, path }) => {
  const program = `
    const link = (to, from) => { symlinkSync(to, from + '-new'); renameSync(from + '-new', from) }
    mkdirSync('volume')
    for (const answer of [1, 2]) {
      mkdirSync('volume/..' + answer)
      writeFileSync('volume/..' + answer + '/${name}', ${JSON.stringify(source(0))}.replace('0', answer))
    }
    link('..data/${name}', 'volume/${name}')
    for (const answer of [1, 2]) {
      link('..' + answer, 'volume/..data')
      link('volume/..' + answer, 'turned')
      print((await loadModule(readModule(resolve('${path}')), 'v' + answer)).up())
    }`
  expect(await printed(program)).toEqual([{ code: 0, signal: null }, '12'])
})

test.each(kinds)(
  'a %s that is replaced after it was read is not taken for what was read',
  async (name, source) => {
    const program = `
    const path = resolve('${name}')
    const write = (answer) => {
      writeFileSync('new', ${JSON.stringify(source(0))}.replace('0', answer))
      renameSync('new', path)
    }
    const up = (read) => loadModule(read, 'v1').then(({ up }) => up(), (error) => error.name)
    write(1)
    const read = readModule(path)
    write(2)
    print(await up(read))
    write(1)
    print(await up(readModule(path)))`
    const first = name === 'm.ts' ? '1' : 'ChangedWhileLoadedError'
    expect(await printed(program)).toEqual([{ code: 0, signal: null }, `${first}1`])
  },
)
