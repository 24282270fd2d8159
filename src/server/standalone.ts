import { constants } from 'node:os'
import { setImmediate } from 'node:timers/promises'
import { within } from './closing.js'
import { serve, type ServeOptions, type Serving } from './serve.js'
import { handleSignals } from './signals.js'

/** How a process is to end. */
interface Ending {
  /** What ended it: a signal, or `uncaught`. */
  readonly reason: NodeJS.Signals | 'uncaught'
  readonly exitCode: number
  readonly abandoned: boolean
}

/** Milliseconds that are left for rolling back after a second signal. */
const abandonMs = 1_000

/**
 * The standalone process from its opening to its end; resolves with the exit code: 0 after SIGTERM or SIGINT, 128 and
 * the signal's number after a second one, 1 after an error that nobody caught. Rejects when it cannot open.
 */
export async function standalone(
  options: Omit<ServeOptions, 'ending'>,
  { first, second, ending: told }: Endings,
  opened?: (serving: Serving) => void,
): Promise<number> {
  const serving = await Promise.race([serve({ ...options, ending: told }), second])
  if ('abandoned' in serving) return stopped(serving, performance.now(), options)
  opened?.(serving)
  const ending = await first
  const askedAt = performance.now()
  const forced = await Promise.race([serving.close(), second])
  if (forced === undefined) return stopped(ending, askedAt, options)
  await within(abandonMs, serving.abandon())
  return stopped(forced, askedAt, options)
}

/** The last line of a process: a log without it is of one that was killed. */
async function stopped(
  { reason, exitCode }: Ending,
  askedAt: number,
  { logger }: Pick<ServeOptions, 'logger'>,
): Promise<number> {
  // Calls that were just answered write their lines in the same turn.
  await setImmediate()
  logger.info('stopped', { reason, exitCode, durationMs: Math.round(performance.now() - askedAt) })
  return exitCode
}

/** What will end the process. */
export interface Endings {
  /** A reason to finish in good order. */
  readonly first: Promise<Ending>
  /** Aborted with it. */
  readonly ending: AbortSignal
  /** A reason not to wait for that. */
  readonly second: Promise<Ending>
  release(): void
}

/** Listens to the signals from now on; until then nothing may be open. */
export function awaitEnding({ logger, alerts }: Pick<ServeOptions, 'logger' | 'alerts'>): Endings {
  const { promise: first, resolve } = deferred<Ending>()
  const told = new AbortController()
  const endOnce = (ending: Ending): void => {
    told.abort()
    resolve(ending)
  }
  const { promise: second, resolve: abandonOnce } = deferred<Ending>()
  const handlers = {
    drain: (signal: NodeJS.Signals) => {
      logger.info(`${signal}: draining`)
      endOnce({ reason: signal, exitCode: 0, abandoned: false })
    },
    abandon: (signal: NodeJS.Signals) => {
      logger.warn(`${signal} again: ending at once`)
      abandonOnce({ reason: signal, exitCode: 128 + constants.signals[signal], abandoned: true })
    },
    crash: (error: unknown) => {
      logger.error('an error that nobody caught: draining, then ending with 1', { error })
      alerts.send({
        level: 'fatal',
        code: 'uncaught',
        message: 'An error that nobody caught ended the process.',
      })
      endOnce({ reason: 'uncaught', exitCode: 1, abandoned: false })
    },
  }
  return { first, ending: told.signal, second, release: handleSignals(handlers, logger) }
}

function deferred<T>(): { readonly promise: Promise<T>; readonly resolve: (value: T) => void } {
  let resolve: (value: T) => void = () => undefined
  const promise = new Promise<T>((settle) => {
    resolve = settle
  })
  return { promise, resolve }
}
