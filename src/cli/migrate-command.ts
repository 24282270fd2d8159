import type { Actor } from '../runs/actor.js'
import type { Order } from '../runs/engine.js'
import type { Outcome } from '../runs/outcome.js'
import { handleSignals } from '../server/signals.js'
import { alertedEngine } from './alerted-engine.js'
import { createProgress } from './progress.js'
import { printFailure, resultOf } from './results.js'
import { inSession, type Session } from './session.js'
import { print, type CommonOptions, type Terminal } from './terminal.js'
import { completedText } from './texts.js'

export interface MigrateOptions extends CommonOptions {
  readonly expect?: string
  readonly resolve?: { readonly name: string; readonly as: 'applied' | 'pending' }
  readonly acceptDrift?: readonly string[]
  readonly reason?: string
}

const actor: Actor = Object.freeze({ credential: 'pipeline' })

/** Applies what is pending as a step of a pipeline; the exit code. */
export async function migrateCommand(terminal: Terminal, options: MigrateOptions): Promise<number> {
  return inSession(terminal, options, (session) => migrate(session, options, terminal))
}

async function migrate(session: Session, options: MigrateOptions, terminal: Terminal) {
  const { settings, logger } = session
  const { engine, flush } = await alertedEngine(session)
  const progress = createProgress(terminal.err, terminal.env['TERM'])
  const release = handleSignals(
    {
      drain: (signal) => {
        progress.end()
        terminal.err.write(drainText(signal, settings.shutdownGraceMs))
        void engine.drain(settings.shutdownGraceMs)
      },
      abandon: () => void engine.drain(0),
      crash: (error) => {
        logger.error('an error that nobody caught', { error })
        process.exitCode = 1
        void engine.drain(0)
      },
    },
    logger,
  )
  try {
    const outcome = await engine.migrate(orderOf(options), actor, { onEvent: progress.event })
    progress.end()
    return await report(outcome, options, terminal)
  } finally {
    await flush()
    release()
  }
}

function drainText(signal: string, graceMs: number): string {
  return `${signal}: the run gets ${graceMs / 1000} s to end (SHUTDOWN_GRACE), then it is cancelled and rolled back; once more, and it is at once\n`
}

async function report(outcome: Outcome, options: MigrateOptions, terminal: Terminal): Promise<number> {
  if (outcome.status === 'failed') return printFailure(outcome, options, terminal)
  if (outcome.status === 'applied' || outcome.status === 'up_to_date') {
    print(terminal, options, resultOf(outcome), completedText(outcome))
  }
  return 0
}

function orderOf({ expect, resolve, acceptDrift, reason = '' }: MigrateOptions): Order {
  return {
    ...(expect === undefined ? {} : { expect }),
    ...(resolve === undefined ? {} : { resolve: { ...resolve, reason } }),
    ...(acceptDrift === undefined ? {} : { acceptDrift: acceptDrift.map((name) => ({ name, reason })) }),
  }
}
