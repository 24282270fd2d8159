import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { Logger } from '../observe/logger.js'
import { toolEnvironment, type Account } from './account.js'
import { EmbeddedError } from './errors.js'
import type { Native } from './native.js'

/** A database cluster on disk. */
export interface Cluster {
  /** Holds `data`, `password`, and the server's `postgres.log`. */
  readonly dir: string
  readonly dataDir: string
  readonly password: string
}

/** What a new cluster is made with. */
export interface ClusterOptions {
  readonly place: string
  readonly native: Native
  readonly account: Account | undefined
  /** False: initdb does not wait for the disk. */
  readonly durable: boolean
  readonly logger: Logger
}

const abandonedAfterMs = 600_000

/** The cluster in `place`, made with a random password if there is none; throws `EmbeddedError` when it cannot be used. */
export async function ensureCluster(options: ClusterOptions): Promise<Cluster> {
  const dir = join(options.place, 'postgres')
  if (!existsSync(dir)) await create(dir, options)
  const dataDir = join(dir, 'data')
  try {
    const password = readFileSync(join(dir, 'password'), 'utf8').trim()
    checkVersion(dataDir, options.native)
    return Object.freeze({ dir, dataDir, password })
  } catch (cause) {
    if (cause instanceof EmbeddedError) throw cause
    throw new EmbeddedError(
      `The embedded PostgreSQL in ${dir} cannot be read: it is damaged or belongs to another user. ` +
        'Run as its owner, remove that directory to begin anew, or set DATABASE_URL.',
      { exitCode: 78, cause },
    )
  }
}

async function create(dir: string, options: ClusterOptions): Promise<void> {
  options.logger.info(`creating an embedded PostgreSQL ${options.native.version} in ${dir}`)
  removeAbandoned(options.place)
  // Made under another name and renamed when whole: whoever is killed in between leaves no half of a cluster behind.
  const fresh = mkdtempSync(join(options.place, 'new-'))
  try {
    await initialise(fresh, options)
    renameSync(fresh, dir)
  } catch (cause) {
    rmSync(fresh, { recursive: true, force: true })
    if (existsSync(dir)) return // another process was faster
    throw new EmbeddedError(
      `The embedded PostgreSQL could not be created in ${dir}: ${reasonOf(cause)}. Set DATABASE_URL to use another one.`,
      { exitCode: 5, cause },
    )
  }
}

async function initialise(fresh: string, { native, account, durable }: ClusterOptions): Promise<void> {
  chmodSync(fresh, account === undefined ? 0o700 : 0o711)
  const [dataDir, secret] = [join(fresh, 'data'), join(fresh, 'initial')]
  const password = randomBytes(24).toString('hex')
  mkdirSync(dataDir, { mode: 0o700 })
  for (const file of [secret, join(fresh, 'password')]) writeFileSync(file, `${password}\n`, { mode: 0o600 })
  if (account) for (const path of [dataDir, secret]) chownSync(path, account.uid, account.gid)
  const flags = ['--username=postgres', '--auth=scram-sha-256', '--encoding=UTF8', '--no-locale']
  await promisify(execFile)(
    join(native.dir, 'bin', 'initdb'),
    [`--pgdata=${dataDir}`, `--pwfile=${secret}`, ...flags, ...(durable ? [] : ['--no-sync'])],
    { cwd: fresh, env: toolEnvironment, ...(account && { uid: account.uid, gid: account.gid }) },
  )
  rmSync(secret)
}

function removeAbandoned(place: string): void {
  for (const name of readdirSync(place)) {
    const path = join(place, name)
    if (!name.startsWith('new-') || Date.now() - statSync(path).mtimeMs < abandonedAfterMs) continue
    rmSync(path, { recursive: true, force: true })
  }
}

function checkVersion(dataDir: string, native: Native): void {
  const made = readFileSync(join(dataDir, 'PG_VERSION'), 'utf8').trim()
  const runs = native.version.split('.')[0]
  if (made === runs) return
  throw new EmbeddedError(
    `The embedded PostgreSQL is now version ${runs}, but the data in ${dataDir} was made by version ${made}. ` +
      'Remove that directory to begin anew, or install the former version.',
    { exitCode: 78 },
  )
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const stderr = 'stderr' in error && typeof error.stderr === 'string' ? error.stderr.trim() : ''
  return stderr === '' ? error.message : (stderr.split('\n')[0] ?? error.message)
}
