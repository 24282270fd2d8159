import { mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sourceChecksum } from '../../src/project/checksum.js'
import { rememberingChecksums } from '../../src/project/remembered-checksum.js'

let dir: string
let file: string

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'sallyport-checksum-'))
  file = join(dir, 'a.js')
})

afterEach(() => rmSync(dir, { recursive: true, force: true }))

/** Edits of one length one after the other, so that neither size nor, within a step of the clock, time tells them apart. */
test('an edit is seen, however soon it comes after the file was looked at', async () => {
  const checksumOf = rememberingChecksums().of
  for (let number = 1_000; number < 1_200; number += 1) {
    const source = `export const up = () => ${number}`
    writeFileSync(file, source)
    expect(await checksumOf(file)).toBe(sourceChecksum(source))
  }
})

test('an edit is seen though its time was set back', async () => {
  const checksumOf = rememberingChecksums().of
  const long = new Date(Date.now() - 3_600_000)
  for (const source of ['export const up = 1', 'export const up = 2']) {
    writeFileSync(file, source)
    utimesSync(file, long, long)
    expect(await checksumOf(file)).toBe(sourceChecksum(source))
  }
})

test('a file that is gone is no longer known', async () => {
  const checksumOf = rememberingChecksums().of
  writeFileSync(file, 'export const up = 1')
  await checksumOf(file)
  rmSync(file)
  await expect(checksumOf(file)).rejects.toMatchObject({ code: 'ENOENT' })
})
