import { fork, type ChildProcess } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import type { Account } from './account.js'

/** What a keeper is told on its command line; holds no secret. */
export interface KeeperOrder {
  readonly program: string
  readonly arguments: readonly string[]
  readonly cwd: string
  readonly account: Account | undefined
  readonly logFile: string
  readonly removeAtEnd: readonly string[]
}

/** The owner's end of a keeper. */
export interface Keeper {
  /** True once the server behind it has ended. */
  ended(): boolean
  /** Resolves once the server has ended. */
  stop(): Promise<void>
}

/** From wherever below `dist/src` the build has put this. */
const keeperPath = fileURLToPath(new URL('../embedded/keeper.js', import.meta.url))

/** Starts the process that starts the server and stops it with its owner. Does not keep the owner's process alive. */
export function keep(order: KeeperOrder): Keeper {
  const child = fork(keeperPath, [JSON.stringify(order)], {
    detached: true,
    cwd: order.cwd,
    env: {},
    execArgv: [],
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
  })
  const ended = (): boolean => child.exitCode !== null || child.signalCode !== null
  const exit = new Promise<void>((resolve) => {
    child.once('exit', () => resolve())
    child.once('error', () => resolve())
  })
  child.unref()
  child.channel?.unref()
  return Object.freeze({ ended, stop: () => stop(child, exit) })
}

async function stop(child: ChildProcess, exit: Promise<void>): Promise<void> {
  child.ref()
  if (child.connected) child.disconnect()
  await exit
}
