import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync, readlinkSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { toolEnvironment } from './account.js'
import type { Cluster } from './cluster.js'
import { EmbeddedError, systemCode } from './errors.js'

/** A server process as its `postmaster.pid` describes it. */
export interface Postmaster {
  readonly pid: number
  readonly port: number
  readonly ready: boolean
}

const pollMs = 25

/** What `postmaster.pid` says (line 1 pid, 4 port, 8 state); undefined where there is none or it is not yet whole. */
export function readPostmaster(dataDir: string): Postmaster | undefined {
  const lines = read(join(dataDir, 'postmaster.pid'))?.split('\n') ?? []
  const [pid, port] = [Number(lines[0]), Number(lines[3])]
  if (!(pid > 1 && port > 0)) return undefined
  return Object.freeze({ pid, port, ready: lines[7]?.trim() === 'ready' })
}

/**
 * The server that runs on this cluster now. A `postmaster.pid` whose number meanwhile belongs to some other process,
 * as happens in containers, is removed: PostgreSQL itself would refuse to start because of it.
 */
export function livePostmaster(cluster: Cluster): Postmaster | undefined {
  const found = readPostmaster(cluster.dataDir)
  if (found === undefined || !isAlive(found.pid)) return undefined
  if (worksIn(found.pid, cluster.dataDir)) return found
  rmSync(join(cluster.dataDir, 'postmaster.pid'), { force: true })
  return undefined
}

/** Whether the keeper that started the server still lives, so that it will be stopped in good order without us. */
export function isKept(postmaster: Postmaster): boolean {
  const keeper = parentOf(postmaster.pid)
  return keeper !== undefined && (commandOf(keeper)?.includes('keeper.js') ?? false)
}

/** Stops a server that nobody keeps: fast shutdown, then immediate, then SIGKILL. Returns once it is gone. */
export async function stopPostmaster(pid: number): Promise<void> {
  for (const [signal, patienceMs] of [
    ['SIGINT', 8000],
    ['SIGQUIT', 4000],
    ['SIGKILL', 2000],
  ] as const) {
    if (!signalled(pid, signal) || (await gone(pid, patienceMs))) return
  }
  throw new EmbeddedError(`The embedded PostgreSQL (process ${pid}) does not end. Stop it, then try again.`, {
    exitCode: 5,
  })
}

/** Waits until `check` holds; false after `patienceMs`. */
export async function until(check: () => boolean, patienceMs: number): Promise<boolean> {
  const deadline = performance.now() + patienceMs
  while (!check()) {
    if (performance.now() > deadline) return false
    await sleep(pollMs)
  }
  return true
}

function gone(pid: number, patienceMs: number): Promise<boolean> {
  return until(() => !isAlive(pid), patienceMs)
}

function signalled(pid: number, signal: NodeJS.Signals): boolean {
  try {
    return process.kill(pid, signal)
  } catch (cause) {
    if (systemCode(cause) === 'ESRCH') return false
    throw new EmbeddedError(
      `The embedded PostgreSQL is run by another user (process ${pid}). Stop it as that user, or set DATABASE_URL.`,
      { exitCode: 5, cause },
    )
  }
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch (error) {
    return systemCode(error) === 'EPERM'
  }
}

/** A postmaster's working directory is its data directory, also after somebody has moved that. */
function worksIn(pid: number, dataDir: string): boolean {
  try {
    return readlinkSync(`/proc/${pid}/cwd`) === dataDir
  } catch {
    return commandOf(pid)?.includes(dataDir) ?? false
  }
}

function commandOf(pid: number): string | undefined {
  if (existsSync('/proc/self/cmdline')) return read(`/proc/${pid}/cmdline`)
  return ps('command=', pid)
}

function parentOf(pid: number): number | undefined {
  const status = existsSync('/proc/self/status') ? read(`/proc/${pid}/status`) : undefined
  const parent = Number(status === undefined ? ps('ppid=', pid) : /^PPid:\s*(\d+)/m.exec(status)?.[1])
  return parent > 0 ? parent : undefined
}

function ps(column: string, pid: number): string | undefined {
  try {
    return execFileSync('ps', ['-o', column, '-p', String(pid)], { encoding: 'utf8', env: toolEnvironment })
  } catch {
    return undefined
  }
}

function read(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return undefined
  }
}
