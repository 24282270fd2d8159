import { fork, type ChildProcess } from 'node:child_process'
import { join } from 'node:path'

import { medianOf } from '../measure/sample.js'
import { endWithBench } from './children.js'
import { benchDirectory } from './peers.js'

/** A contender that works in a process of its own, kept running between the rounds. */
export interface Within {
  readonly pid: number
  /** Milliseconds of one time. */
  once(): Promise<number>
  /** The median of as many times as a third of a second has room for, in milliseconds. */
  often(): Promise<number>
  close(): Promise<void>
}

interface Answer {
  readonly value?: unknown
  readonly failed?: string
}

/** Starts `contenders/within/NAME.js` over a database and a set. Rejects with what it answers where it cannot begin. */
export async function openWithin(
  name: string,
  given: { readonly url: string; readonly dir: string },
): Promise<Within> {
  const child = fork(join(benchDirectory, 'contenders/within', `${name}.js`), {
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    env: { PATH: process.env['PATH'], NODE_ENV: 'production' },
  })
  const gone = endWithBench(child)
  const call = caller(child, name)
  const repeat = async (how: object): Promise<number> => medianOf((await call('repeat', how)) as number[])
  try {
    await call('prepare', given)
  } catch (error) {
    child.kill('SIGKILL')
    throw error
  }
  return Object.freeze({
    pid: child.pid ?? -1,
    once: () => repeat({ atMost: 1, atLeast: 1, forMs: 0 }),
    often: () => repeat({ atMost: 500, atLeast: 3, forMs: 300 }),
    close: async () => {
      await call('close', {}).catch(() => undefined)
      child.kill('SIGKILL')
      await gone
    },
  })
}

function caller(child: ChildProcess, name: string) {
  return (call: string, given: object): Promise<unknown> =>
    new Promise((resolve, reject) => {
      const died = (): void => reject(new Error(`${name} ended in the midst of ${call}`))
      child.once('exit', died)
      child.once('message', ({ value, failed }: Answer) => {
        child.off('exit', died)
        if (failed === undefined) resolve(value)
        else reject(new Error(`${name} failed to ${call}: ${failed}`))
      })
      child.send({ call, given })
    })
}
