import type { Logger } from '../observe/logger.js'

export interface SignalHandlers {
  /** First SIGTERM or SIGINT: finish in good order. */
  readonly drain: (signal: NodeJS.Signals) => void
  /** A further one: end at once. */
  readonly abandon: (signal: NodeJS.Signals) => void
  /** An exception or rejection that nobody caught. */
  readonly crash: (error: unknown) => void
}

/** Ctrl-C reaches us from the terminal, and again from npm, which forwards it: one key press within this time. */
const samePressMs = 250

/**
 * Takes over the process's signals. SIGHUP and SIGUSR2 are ignored, so that a closing terminal or a log rotation does
 * not end a migration; files that are re-read (allowlist, TLS) are re-read when they change. SIGUSR1 is ignored, because
 * Node would open its debugger, into a process that holds the secret. Returns the undoing.
 */
export function handleSignals(handlers: SignalHandlers, logger: Logger): () => void {
  let first: { readonly at: number; readonly signal: NodeJS.Signals } | undefined
  const end = (signal: NodeJS.Signals): void => {
    const at = performance.now()
    if (first === undefined) {
      first = { at, signal }
      handlers.drain(signal)
    } else if (signal !== 'SIGINT' || first.signal !== 'SIGINT' || at - first.at > samePressMs) {
      handlers.abandon(signal)
    }
  }
  const ignore = (signal: NodeJS.Signals): void => logger.info(`${signal} ignored`)
  const listeners = [
    ['SIGTERM', end],
    ['SIGINT', end],
    ['SIGHUP', ignore],
    ['SIGUSR1', ignore],
    ['SIGUSR2', ignore],
    ['uncaughtException', handlers.crash],
    ['unhandledRejection', handlers.crash],
  ] as const
  for (const [event, listener] of listeners) process.on(event, listener)
  return () => {
    for (const [event, listener] of listeners) process.off(event, listener)
  }
}
