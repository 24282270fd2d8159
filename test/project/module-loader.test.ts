import { join } from 'node:path'
import { loadModule, readModule } from '../../src/project/module-loader.js'
import { start } from '../support/processes.js'
import { folderForEach } from './folder.js'

const folder = folderForEach()

test.each([
  ['.cjs', 'one.cjs', 'exports.up = () => 1'],
  ['.cjs that is one object', 'one.cjs', 'module.exports = { up: () => 1 }'],
  ['.js without a package', 'one.js', 'exports.up = () => 1'],
  ['.mjs', 'one.mjs', 'export const up = () => 1'],
  ['.mjs with a default export', 'one.mjs', 'export default { up: () => 1 }'],
  ['.mjs that awaits at the top', 'one.mjs', 'await null; export const up = () => 1'],
  ['compiled twice', 'one.cjs', 'exports.__esModule = true; exports.default = { default: { up: () => 1 } }'],
  ['.ts', 'one.ts', 'export const up = (): number => 1'],
  ['.ts with a default export', 'one.ts', 'const it: object = { up: () => 1 }; export default it'],
  [
    '.ts with what only a compiler knows',
    'one.ts',
    'enum A { one = 1 }; export function up(): A { return A.one }',
  ],
  [
    '.ts that awaits at the top',
    'one.ts',
    'const n: number = await Promise.resolve(1); export const up = () => n',
  ],
  ['.cts', 'one.cts', 'exports.up = (): number => 1'],
])('loads %s, and hands out the bytes from which it was loaded', async (_, name, text) => {
  const read = readModule(join(folder({ [name]: text }), name))
  const exports = await loadModule(read, '1')
  expect((exports['up'] as () => number)()).toBe(1)
  expect(read.source).toBe(text)
})

test('.js is what its package says it is', async () => {
  const root = folder({
    'package.json': '{ "type": "module" }',
    'one.js': 'export const up = () => import.meta.url',
    'common/package.json': '{ "type": "commonjs" }',
    'common/two.js': 'exports.up = () => __filename',
  })
  const esm = (await loadModule(readModule(join(root, 'one.js'))))['up'] as () => string
  const cjs = (await loadModule(readModule(join(root, 'common/two.js'))))['up'] as () => string
  expect([esm(), cjs()]).toEqual([expect.stringContaining('one.js'), expect.stringContaining('two.js')])
})

test('a TypeScript file imports its neighbours, of either kind', async () => {
  const root = folder({
    'one.ts': `import { two } from './two'; import three from './three.cjs'; export const up = () => [two, three.three]`,
    'two.ts': 'export const two: number = 2',
    'three.cjs': 'exports.three = 3',
  })
  const exports = await loadModule(readModule(join(root, 'one.ts')))
  expect((exports['up'] as () => unknown)()).toEqual([2, 3])
})

test('a file that is missing, or is none, is not read', () => {
  expect(() => readModule(join(folder(), 'none.cjs'))).toThrow(/ENOENT/)
  expect(() => readModule(folder())).toThrow(/EISDIR/)
})

test.each(['one.cjs', 'one.js', 'one.mjs', 'one.ts'])('an edited %s is what was edited', async (name) => {
  const esm = /mjs|ts$/.test(name)
  const text = (n: number) => (esm ? `export const up = () => ${n}` : `exports.up = () => ${n}`)
  const root = folder({ [name]: text(1) })
  const program = `
    import { writeFileSync } from 'node:fs'
    import { loadModule, readModule } from ${JSON.stringify(join(__dirname, '../../dist/src/project/module-loader.js'))}
    const [path, text] = process.argv.slice(-2)
    const first = await loadModule(readModule(path), '1')
    writeFileSync(path, text)
    const second = await loadModule(readModule(path), '2')
    console.log(first.up(), second.up())`
  // Jest has a module registry of its own; Node's is what is asked about.
  const args = ['--input-type=module', '-e', program, '--', join(root, name), text(2)]
  const child = start(process.execPath, args)
  expect([await child.exit, child.stdout().trim(), child.stderr()]).toEqual([
    { code: 0, signal: null },
    '1 2',
    '',
  ])
})

test.each(['one.mjs', 'one.ts'])('%s that never ends to load is given up', async (name) => {
  const path = join(folder({ [name]: 'await new Promise(() => {}); export const up = () => 1' }), name)
  await expect(loadModule(readModule(path), '1', 50)).rejects.toThrow(
    /not loaded within 0.05 s; is there an await/,
  )
})
