import { spawn } from 'node:child_process'
import { closeSync, openSync, readFileSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'

import { endWithBench } from './children.js'
import { benchDirectory } from './peers.js'

/** What is to be started: a script for Node, or a program. */
export interface Program {
  readonly script?: string
  readonly file?: string
  readonly args?: readonly string[]
  readonly cwd: string
  /** The whole environment, but for PATH. */
  readonly env: Readonly<Record<string, string>>
}

/** A process that was started. What it prints goes into a file, as it would with a supervisor. */
export interface Running {
  readonly pid: number
  readonly ended: Promise<number | null>
  alive(): boolean
  output(): string
  /** SIGKILL, and then it is gone. */
  kill(): Promise<void>
}

/** The script of a contender in `contenders/`. */
export const contenderScript = (path: string): string => join(benchDirectory, 'contenders', path)

/** The command line as `npm run build` leaves it. */
export const sallyportScript = join(benchDirectory, '../dist/src/cli/main.js')

let logs = 0

/** Starts it. */
export function startProgram({ script, file, args = [], cwd, env }: Program): Running {
  logs += 1
  const log = join(cwd, `output-${process.pid}-${logs}.log`)
  const descriptor = openSync(log, 'a')
  const child = spawn(file ?? process.execPath, [...(script === undefined ? [] : [script]), ...args], {
    cwd,
    env: { PATH: process.env['PATH'], ...env },
    stdio: ['ignore', descriptor, descriptor],
  })
  closeSync(descriptor)
  const ended = endWithBench(child)
  return Object.freeze({
    pid: child.pid ?? -1,
    ended,
    alive: () => child.exitCode === null && child.signalCode === null,
    output: () => readFileSync(log, 'utf8'),
    kill: async () => {
      child.kill('SIGKILL')
      await ended
    },
  })
}

/** Runs it to its end; milliseconds. Rejects with its output where it fails. */
export async function runProgram(program: Program): Promise<number> {
  const startedAt = performance.now()
  const one = startProgram(program)
  const code = await one.ended
  const took = performance.now() - startedAt
  if (code !== 0)
    throw new Error(`${program.script ?? program.file ?? ''} exited with ${code}:\n${one.output()}`)
  return took
}

/** Resolves once the port takes connections. */
export async function listening(port: number, program: Running): Promise<void> {
  while (!(await accepts(port))) {
    if (!program.alive()) throw new Error(`it does not listen:\n${program.output()}`)
    await pause(5)
  }
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port })
    const settle = (open: boolean) => () => {
      socket.destroy()
      resolve(open)
    }
    socket.once('connect', settle(true)).once('error', settle(false))
  })
}
