import { rmSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { directorySource } from '../../src/project/directories.js'
import type { MigrationFile } from '../../src/project/migration.js'
import { folderForEach } from './folder.js'

const folder = folderForEach()

const sourceIn = (root: string) =>
  directorySource({ directories: ['.'], root, sortDirsSeparately: false, disableTransactions: false })

test('a file that was listed and is gone since has no checksum; it is no fault of the files', async () => {
  const root = folder({ '001_a.js': 'export const up = () => {}' })
  const source = sourceIn(root)
  const [file] = (await source.look()).files as [MigrationFile]
  expect(await source.checksum(file)).toMatch(/^sha256:/)
  rmSync(join(root, '001_a.js'))
  expect(await source.checksum(file)).toBeUndefined()
  await expect(source.load(file)).rejects.toThrow(/001_a\.js cannot be read \(ENOENT\)/)
})

test('a link that leads nowhere is a file that cannot be read', async () => {
  const root = folder()
  symlinkSync(join(root, 'nowhere'), join(root, '001_a.js'))
  const source = sourceIn(root)
  const [file] = (await source.look()).files as [MigrationFile]
  await expect(source.checksum(file)).rejects.toThrow(/001_a\.js cannot be read \(ENOENT\)/)
})
