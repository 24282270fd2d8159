import { constants } from 'node:os'

const signals = ['SIGTERM', 'SIGINT'] as const

let release: () => void = () => undefined

/**
 * Until somebody takes the signals over, when nothing is opened yet, SIGTERM and SIGINT end the process: a server with 0, any
 * other command as the signal would have. As process 1 of a container it would otherwise miss them, for the kernel hands
 * that one only what it listens to, and be waited for until it is killed.
 */
export function heedEarlySignals(command: string | undefined): void {
  const end = (signal: NodeJS.Signals): void => {
    releaseEarlySignals()
    // eslint-disable-next-line no-restricted-syntax -- nothing was opened, and no line was written
    if (command === 'serve') process.exit(0)
    process.kill(process.pid, signal)
    // eslint-disable-next-line no-restricted-syntax -- only process 1 is still there
    setImmediate(() => process.exit(128 + constants.signals[signal]))
  }
  for (const signal of signals) process.on(signal, end)
  release = () => {
    for (const signal of signals) process.off(signal, end)
  }
}

/** For whoever listens to the signals from now on. */
export function releaseEarlySignals(): void {
  release()
}
