#!/usr/bin/env node
import { readFileSync, writeSync } from 'node:fs'
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
const [{ CommanderError }, { processEnvironment }, { createProgram }] = await Promise.all([
  import('commander'),
  import('../../config/process.js'),
  import('./program.js'),
])

const usageExitCode = 2
const lingerMs = 500

/** `dist/src/cli/main.js` lies three levels below the package's manifest. */
const manifest = JSON.parse(readFileSync(new URL('../../../package.json', import.meta.url), 'utf8')) as {
  readonly version: string
}

// Who reads us may stop (`| head -1`), and the disk that keeps our log may be full. What the command does goes on, and its
// exit code tells how it ended; a result that could not be kept is no success.
process.stderr.on('error', () => undefined)
process.stdout.on('error', ({ code = '' }: NodeJS.ErrnoException) => {
  if (code === 'EPIPE') return
  process.stderr.write(`The result could not be written to stdout (${code}).\n`)
  process.once('exit', () => (process.exitCode ||= 1))
})

const writeResult = process.stdout.write.bind(process.stdout)

const program = createProgram(
  {
    env: processEnvironment(),
    cwd: process.cwd(),
    out: (text) => writeResult(text),
    outIsTTY: process.stdout.isTTY,
    err: process.stderr,
  },
  manifest.version,
)

// Knexfiles and migrations print what they like (a loader of `.env` its tips); who reads the result must not find it there.
program.hook('preAction', (_, command) => {
  if (command.name() !== 'serve') process.stdout.write = process.stderr.write.bind(process.stderr)
})

try {
  await program.parseAsync()
} catch (error) {
  if (!(error instanceof CommanderError)) throw error
  process.exitCode = error.exitCode === 0 ? 0 : usageExitCode
}
ending = true

// What a migration left open (a connection, a timer) must not keep a finished command alive.
// eslint-disable-next-line no-restricted-syntax -- everything of ours is closed and drained
setTimeout(() => process.exit(), lingerMs).unref()
