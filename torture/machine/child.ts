import { spawn, type ChildProcess } from 'node:child_process'

import { within } from '../patience.js'

/** What is to be started. `env` is the whole environment, nothing is inherited. */
export interface Command {
  readonly file: string
  readonly args: readonly string[]
  readonly env: Readonly<Record<string, string>>
  readonly cwd: string
  readonly account?: { readonly uid: number; readonly gid: number } | undefined
}

/** How a process ended. */
export interface Ended {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly stdout: string
  readonly stderr: string
  readonly ms: number
}

/** A started process. Signals go to its pid alone. */
export interface Child {
  readonly pid: number
  readonly ended: Promise<Ended>
  alive(): boolean
  signal(name: NodeJS.Signals): void
  /** The last lines it wrote to stderr. */
  complaint(): string
}

const kept = 200_000

/** Starts a process and keeps the tail of its output. Throws where it cannot be started. */
export async function start(command: Command): Promise<Child> {
  const began = Date.now()
  const child = spawn(command.file, [...command.args], {
    cwd: command.cwd,
    env: { ...command.env },
    stdio: ['ignore', 'pipe', 'pipe'],
    // out of the terminal's process group: an interrupt is the rig's to answer
    detached: true,
    ...(command.account ? { uid: command.account.uid, gid: command.account.gid } : {}),
  })
  endWithUs(child)
  let stdout = ''
  let stderr = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout = (stdout + text).slice(-kept)))
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr = (stderr + text).slice(-kept)))
  const ended = new Promise<Ended>((resolve) => {
    child.once('close', (code, signal) =>
      resolve(Object.freeze({ code, signal, stdout, stderr, ms: Date.now() - began })),
    )
  })
  await new Promise<void>((resolve, reject) => {
    child.once('spawn', resolve).once('error', reject)
  })
  return Object.freeze({
    pid: child.pid as number,
    ended,
    alive: () => child.exitCode === null && child.signalCode === null,
    signal: (name: NodeJS.Signals) => void child.kill(name),
    complaint: () => stderr.slice(-2_000),
  })
}

const running = new Set<ChildProcess>()

// a rig that ends in disorder takes along what it has started
process.once('exit', () => {
  for (const child of running) child.kill('SIGQUIT')
})

function endWithUs(child: ChildProcess): void {
  running.add(child)
  child.once('exit', () => running.delete(child))
}

/** Waits for the end, at most `limitMs`; then ends it with SIGKILL and says so by `undefined`. */
export async function endedWithin(child: Child, limitMs: number): Promise<Ended | undefined> {
  const ended = await within(limitMs, child.ended)
  if (!ended) child.signal('SIGKILL')
  return ended
}
