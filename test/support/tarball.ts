import { mkdtempSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { start } from './processes.js'

/** A file as it is published; its path begins below `package/`. */
export interface PublishedFile {
  readonly path: string
  readonly mode: number
  readonly content: Buffer
}

/** What `npm publish` would send: packed by npm, from what the build has left in `dist/`. */
export async function packTarball(): Promise<readonly PublishedFile[]> {
  const dir = mkdtempSync(join(tmpdir(), 'sallyport-packed-'))
  try {
    const args = ['pack', '--ignore-scripts', '--json', '--offline', '--pack-destination', dir]
    // npm keeps logs and a cache below the home of whoever runs it.
    const npm = start('npm', args, { env: { HOME: dir, npm_config_update_notifier: 'false' } })
    const { code } = await npm.exit
    if (code !== 0) throw new Error(`npm pack ended with ${code}:\n${npm.output()}`)
    const [name = ''] = /[\w.-]+\.tgz/.exec(npm.stdout()) ?? []
    return entries(gunzipSync(readFileSync(join(dir, name))))
  } finally {
    rmSync(dir, { recursive: true, force: true })
  }
}

/** Writes the files of a tarball below `dir`, as an install does. */
export function unpack(files: readonly PublishedFile[], dir: string): void {
  for (const { path, mode, content } of files) {
    const to = join(dir, path)
    mkdirSync(dirname(to), { recursive: true })
    writeFileSync(to, content, { mode })
  }
}

const block = 512

/** The regular files of a POSIX ustar archive, as npm writes it: header blocks, each followed by its content. */
function entries(tar: Buffer): PublishedFile[] {
  const found: PublishedFile[] = []
  for (let at = 0; at + block <= tar.length && tar[at] !== 0;) {
    const text = (from: number, length: number) =>
      tar.toString('utf8', at + from, at + from + length).replace(/\0[^]*$/, '')
    const size = parseInt(text(124, 12), 8)
    const prefix = text(345, 155)
    const path = `${prefix === '' ? '' : `${prefix}/`}${text(0, 100)}`
    const type = text(156, 1)
    if (type !== '0' && type !== '') throw new Error(`${path} is no regular file: type ${type}`)
    const content = tar.subarray(at + block, at + block + size)
    found.push({ path: path.replace(/^package\//, ''), mode: parseInt(text(100, 8), 8), content })
    at += block + Math.ceil(size / block) * block
  }
  return found
}
