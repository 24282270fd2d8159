#!/usr/bin/env node
import { writeSync } from 'node:fs'
import { constants } from 'node:os'

/**
 * Until somebody else listens to them, when nothing is opened yet, SIGTERM and SIGINT end the process: a server with 0, any
 * other command as the signal would have. As process 1 of a container it would otherwise miss them, for the kernel hands
 * that one only what it listens to, and be waited for until it is killed.
 */
function heedEarlySignals(command: string | undefined): void {
  const signals = ['SIGTERM', 'SIGINT'] as const
  const end = (signal: NodeJS.Signals): void => {
    release()
    ending = true
    // eslint-disable-next-line no-restricted-syntax -- nothing was opened, and no line was written
    if (command === 'serve') process.exit(0)
    process.kill(process.pid, signal)
    // eslint-disable-next-line no-restricted-syntax -- only process 1 is still there
    setImmediate(() => process.exit(128 + constants.signals[signal]))
  }
  const release = (): void => {
    for (const signal of signals) process.off(signal, end)
    process.off('newListener', handOver)
  }
  // The new one is added before the old one goes.
  const handOver = (event: string | symbol): void => {
    if (signals.some((signal) => signal === event)) queueMicrotask(release)
  }
  for (const signal of signals) process.on(signal, end)
  process.on('newListener', handOver)
}

/** Whether the process is to end now, as far as we are concerned. */
let ending = false
/** `boot` ends a server whose configuration is refused by itself; Node a program of which nothing is left to wait for. */
const exitCodesOfOthers = [78, 13]

/**
 * What ends the process before the command has ended, a `process.exit` in a knexfile or a migration, is no success and
 * none of our exit codes, whatever it says: the run that it cuts off would look like one.
 */
function refuseForeignExits(): void {
  process.on('uncaughtExceptionMonitor', () => (ending = true))
  process.on('exit', (code) => {
    if (ending || exitCodesOfOthers.includes(code)) return
    process.exitCode = 1
    // A logger would write it in a later turn, of which there is none.
    writeSync(
      2,
      'process.exit was called, perhaps by a knexfile or a migration: what was under way is cut off\n',
    )
  })
}

refuseForeignExits()
// Everything else is loaded after this, which takes long enough for a signal to come.
heedEarlySignals(process.argv[2])
const { runCommandLine } = await import('./command-line.js')
await runCommandLine()
ending = true

const lingerMs = 500
// What a migration left open (a connection, a timer) must not keep a finished command alive.
// eslint-disable-next-line no-restricted-syntax -- everything of ours is closed and drained
setTimeout(() => process.exit(), lingerMs).unref()
