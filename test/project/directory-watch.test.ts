import {
  appendFileSync,
  chmodSync,
  mkdirSync,
  mkdtempSync,
  renameSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { watchDirectories } from '../../src/project/directory-watch.js'
import { eventually } from '../support/processes.js'

let root: string
let dir: string

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'sallyport-watch-'))
  dir = join(root, 'migrations')
  mkdirSync(dir)
  writeFileSync(join(dir, 'a.js'), '1')
  // Clocks of file systems advance by steps; within one a change of the list is told by the watcher alone.
  utimesSync(dir, new Date(0), new Date(0))
})

afterEach(() => rmSync(root, { recursive: true, force: true }))

const begun = (directories = [dir]) => {
  const watch = watchDirectories(directories)
  watch.begin()
  return watch
}

/** Of which the directory’s own times tell at once. */
const ofTheList: readonly [string, () => void][] = [
  ['a file is added', () => writeFileSync(join(dir, 'b.js'), '2')],
  ['a file is removed', () => rmSync(join(dir, 'a.js'))],
  ['a file is renamed', () => renameSync(join(dir, 'a.js'), join(dir, 'b.js'))],
  ['the directory is gone', () => rmSync(dir, { recursive: true })],
  [
    'another directory takes its place',
    () => {
      renameSync(dir, `${dir}-old`)
      mkdirSync(dir)
    },
  ],
]

test.each(ofTheList)('it is quiet until %s, and no more from then on', (_, change) => {
  const watch = begun()
  expect(watch.isQuiet()).toBe(true)
  change()
  expect(watch.isQuiet()).toBe(false)
})

const withinAFile: readonly [string, () => void][] = [
  ['a file is written anew', () => writeFileSync(join(dir, 'a.js'), '2')],
  ['a file is written to', () => appendFileSync(join(dir, 'a.js'), '2')],
  ['nobody may read a file any more', () => chmodSync(join(dir, 'a.js'), 0)],
]

test.each(withinAFile)('it is quiet no more once %s and the event loop has turned', async (_, change) => {
  const watch = begun()
  change()
  // Long before it would be over by itself.
  for (let turns = 0; turns < 20; turns += 1) await stat(root)
  expect(watch.isQuiet()).toBe(false)
})

test('one of several directories is enough', () => {
  const other = join(root, 'other')
  mkdirSync(other)
  const watch = begun([dir, other])
  expect(watch.isQuiet()).toBe(true)
  writeFileSync(join(other, 'b.js'), '2')
  expect(watch.isQuiet()).toBe(false)
})

test('a directory behind a link that is turned to another one is another directory', () => {
  const other = join(root, 'other')
  mkdirSync(other)
  const link = join(root, 'link')
  symlinkSync(dir, link)
  const watch = begun([link])
  expect(watch.isQuiet()).toBe(true)
  symlinkSync(other, `${link}-new`)
  renameSync(`${link}-new`, link)
  expect(watch.isQuiet()).toBe(false)
})

test('what has not begun, and what cannot be watched, is not quiet', () => {
  expect(watchDirectories([dir]).isQuiet()).toBe(false)
  expect(begun([join(root, 'none')]).isQuiet()).toBe(false)
})

test('it is over by itself, and may be begun anew', async () => {
  const watch = begun()
  for (let turns = 0; turns < 20; turns += 1) await stat(root)
  expect(watch.isQuiet()).toBe(true)
  await eventually(() => !watch.isQuiet())
  watch.begin()
  expect(watch.isQuiet()).toBe(true)
})
