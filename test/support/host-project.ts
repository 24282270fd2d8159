import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { root, start, type Exit, type Spawned } from './processes.js'
import { unpack, type PublishedFile } from './tarball.js'

/** Somebody's application, outside of this repository, with the packed package among its dependencies. */
export interface HostProject {
  readonly dir: string
  /** Writes a file; its folders are made. */
  write(path: string, text: string): void
  read(path: string): string
  remove(path: string): void
  /** Runs the project's TypeScript compiler to its end. */
  compile(): Promise<Spawned & Exit>
  /** Starts Node in it. */
  node(args: readonly string[], env?: Readonly<Record<string, string>>): Spawned
  destroy(): void
}

export interface HostOptions {
  readonly type: 'module' | 'commonjs'
  readonly packed: readonly PublishedFile[]
  /** What it depends on beside the package; each is there already, for nothing may be downloaded. */
  readonly dependencies?: readonly string[]
  readonly files?: Readonly<Record<string, string>>
}

interface Manifest {
  readonly dependencies: Readonly<Record<string, string>>
  readonly bin: Readonly<Record<string, string>>
}

function manifestOf(dir: string, name: string): Manifest {
  return JSON.parse(readFileSync(join(dir, 'node_modules', name, 'package.json'), 'utf8')) as Manifest
}

/** The package is copied in, what it declares as its dependencies is linked: what it forgot to declare is not there. */
export function createHostProject({ type, packed, dependencies = [], files = {} }: HostOptions): HostProject {
  const dir = mkdtempSync(join(tmpdir(), 'sallyport-host-'))
  chmodSync(dir, 0o755)
  const write = (path: string, text: string) => {
    mkdirSync(dirname(join(dir, path)), { recursive: true })
    writeFileSync(join(dir, path), text)
  }
  write('package.json', JSON.stringify({ name: 'shop', version: '1.4.0', private: true, type }))
  unpack(packed, join(dir, 'node_modules/sallyport'))
  const manifest = manifestOf(dir, 'sallyport')
  for (const name of new Set([...Object.keys(manifest.dependencies), ...dependencies])) link(dir, name)
  for (const name of ['sallyport', 'knex']) linkCommands(dir, name)
  for (const [path, text] of Object.entries(files)) write(path, text)
  const node = (args: readonly string[], env: Readonly<Record<string, string>> = {}) =>
    start(process.execPath, args, { cwd: dir, env })
  return Object.freeze({
    dir,
    write,
    read: (path: string) => readFileSync(join(dir, path), 'utf8'),
    remove: (path: string) => rmSync(join(dir, path)),
    compile: async () => {
      const compiler = node([join(root, 'node_modules/typescript/bin/tsc'), '--pretty', 'false'])
      return { ...compiler, ...(await compiler.exit) }
    },
    node,
    destroy: () => rmSync(dir, { recursive: true, force: true }),
  })
}

function link(dir: string, name: string): void {
  const to = join(dir, 'node_modules', name)
  mkdirSync(dirname(to), { recursive: true })
  symlinkSync(join(root, 'node_modules', name), to, 'dir')
}

/** As npm puts a package's commands where `npx` finds them, executable. */
function linkCommands(dir: string, name: string): void {
  mkdirSync(join(dir, 'node_modules/.bin'), { recursive: true })
  for (const [command, path] of Object.entries(manifestOf(dir, name).bin)) {
    const program = join(dir, 'node_modules', name, path)
    if (name === 'sallyport') chmodSync(program, 0o755)
    symlinkSync(program, join(dir, 'node_modules/.bin', command))
  }
}
