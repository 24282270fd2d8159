import { spawn, type ChildProcess } from 'node:child_process'
import { join, resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

/** The project's root. */
export const root = resolve(__dirname, '../..')

/** The compiled command line. */
export const cliPath = join(root, 'dist/src/cli/main.js')

export interface SpawnOptions {
  readonly cwd?: string
  /** The whole environment, but for PATH. */
  readonly env?: Readonly<Record<string, string>>
  /** True: a process group of its own, as a shell gives it on a terminal. */
  readonly detached?: boolean
  readonly uid?: number
  readonly gid?: number
}

export interface Exit {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
}

/** A process under test. */
export interface Spawned {
  readonly pid: number
  readonly exit: Promise<Exit>
  stdout(): string
  stderr(): string
  /** Both, in the order of arrival. */
  output(): string
  /** The first match in the output, now or later; rejects with the whole output when the process ends without it. */
  printed(pattern: RegExp, timeoutMs?: number): Promise<RegExpExecArray>
  kill(signal: NodeJS.Signals): void
}

const alive = new Set<ChildProcess>()

/** Starts a program with a clean environment; it is killed after the test file if it is still there. */
export function start(program: string, args: readonly string[], options: SpawnOptions = {}): Spawned {
  const child = spawn(program, args, {
    cwd: options.cwd ?? root,
    env: { PATH: process.env.PATH, ...options.env },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: options.detached ?? false,
    ...(options.uid === undefined ? {} : { uid: options.uid, gid: options.gid }),
  })
  alive.add(child)
  const chunks: { readonly from: 'stdout' | 'stderr'; readonly text: string }[] = []
  for (const from of ['stdout', 'stderr'] as const) {
    child[from].setEncoding('utf8').on('data', (text: string) => chunks.push({ from, text }))
  }
  const exit = new Promise<Exit>((settle, reject) => {
    child.once('error', reject)
    child.once('close', (code, signal) => {
      alive.delete(child)
      settle({ code, signal })
    })
  })
  const text = (from?: 'stdout' | 'stderr') =>
    chunks
      .filter((chunk) => from === undefined || chunk.from === from)
      .map((chunk) => chunk.text)
      .join('')
  return Object.freeze({
    pid: child.pid ?? -1,
    exit,
    stdout: () => text('stdout'),
    stderr: () => text('stderr'),
    output: () => text(),
    printed: async (pattern: RegExp, timeoutMs = 20_000) => {
      const find = () => pattern.exec(text())
      await eventually(
        () => find() !== null || !alive.has(child),
        timeoutMs,
        () => text(),
      )
      const match = find()
      if (match) return match
      throw new Error(`the process ended without printing ${pattern}:\n${text()}`)
    },
    kill: (signal: NodeJS.Signals) => void child.kill(signal),
  })
}

/** Starts the compiled `sallyport` command line. */
export function startCli(args: readonly string[], options: SpawnOptions = {}): Spawned {
  return start(process.execPath, [cliPath, ...args], options)
}

/** Runs the compiled command line to its end. */
export async function runCli(args: readonly string[], options: SpawnOptions = {}): Promise<Spawned & Exit> {
  const spawned = startCli(args, options)
  return { ...spawned, ...(await spawned.exit) }
}

/** Waits until `check` holds; rejects with what `describe` says after `timeoutMs`. */
export async function eventually(
  check: () => boolean | Promise<boolean>,
  timeoutMs = 20_000,
  describe: () => string = () => 'it never came true',
): Promise<void> {
  const deadline = performance.now() + timeoutMs
  while (!(await check())) {
    if (performance.now() > deadline) throw new Error(`not within ${timeoutMs} ms: ${describe()}`)
    await sleep(20)
  }
}

/** Waits until a GET is answered with this status. */
export async function answers(url: string, status: number, timeoutMs = 20_000): Promise<void> {
  let last = 'nothing'
  const check = async () => {
    try {
      const response = await fetch(url)
      last = `${response.status} ${await response.text()}`
      return response.status === status
    } catch (error) {
      last = String((error as Error).cause ?? error)
      return false
    }
  }
  await eventually(check, timeoutMs, () => `${url} answered ${last}`)
}

afterAll(async () => {
  const left = [...alive]
  for (const child of left) child.kill('SIGKILL')
  await Promise.all(left.map((child) => new Promise((settle) => child.once('close', settle))))
})
