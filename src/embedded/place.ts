import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import type { Logger } from '../observe/logger.js'
import { toolEnvironment, type Account } from './account.js'
import { EmbeddedError, systemCode } from './errors.js'

/** Root's projects that another user cannot enter keep their data below this directory. */
const movedPlaces = '/var/lib/sallyport'

/**
 * The directory that holds the cluster: `.sallyport` in the project, unless root's `account` cannot enter it there (a
 * home of mode 0700); then one below `/var/lib/sallyport`, else the temporary directory, named in `.sallyport/location`.
 */
export function findPlace(dir: string, account: Account | undefined, logger: Logger): string {
  const home = makeHome(dir, account === undefined ? 0o700 : 0o711)
  if (account === undefined || canEnter(home, account)) return home
  const record = join(home, 'location')
  const known = existsSync(record) ? readFileSync(record, 'utf8').trim() : undefined
  if (known !== undefined && isOurs(known)) return known
  const place = makeMoved(dir)
  writeFileSync(record, `${place}\n`)
  logger.info(
    `the user "${account.name}", who runs PostgreSQL for root, cannot enter ${dir}: its data is in ${place}`,
  )
  return place
}

function makeHome(dir: string, mode: number): string {
  const home = join(dir, '.sallyport')
  try {
    mkdirSync(home, { recursive: true })
    const ignore = join(home, '.gitignore')
    if (!existsSync(ignore)) writeFileSync(ignore, '*\n')
    chmodSync(home, mode)
    return home
  } catch (cause) {
    const reason =
      systemCode(cause) === 'EROFS' ? 'the file system is read-only' : 'it belongs to another user'
    throw new EmbeddedError(
      `The embedded PostgreSQL keeps its data in ${home}, which cannot be written: ${reason}. ` +
        'Remove that directory, run as its owner, or set DATABASE_URL.',
      { exitCode: 78, cause },
    )
  }
}

function canEnter(path: string, account: Account): boolean {
  const { uid, gid } = account
  const result = spawnSync('/bin/sh', ['-c', 'cd "$1"', 'sh', path], {
    uid,
    gid,
    cwd: '/',
    env: toolEnvironment,
  })
  return result.status === 0
}

function isOurs(path: string): boolean {
  return existsSync(path) && statSync(path).uid === process.getuid?.()
}

function makeMoved(dir: string): string {
  const base = sharedPlace()
  if (base === undefined) return opened(mkdtempSync(join(tmpdir(), 'sallyport-')))
  const digest = createHash('sha256').update(dir).digest('hex').slice(0, 12)
  const place = join(base, `${basename(dir)}-${digest}`)
  // No record names it, so `.sallyport` was removed to begin anew, or another clone stood at this path once.
  if (!existsSync(join(place, 'postgres', 'data', 'postmaster.pid')))
    rmSync(place, { recursive: true, force: true })
  mkdirSync(place, { recursive: true })
  return opened(place)
}

/** Root's directory for what other users have to reach, made where it is missing; undefined where it cannot be made. */
export function sharedPlace(): string | undefined {
  try {
    mkdirSync(movedPlaces, { recursive: true })
    return opened(movedPlaces)
  } catch {
    return undefined
  }
}

/** Others may pass through, not look around. */
function opened(dir: string): string {
  chmodSync(dir, 0o711)
  return dir
}
