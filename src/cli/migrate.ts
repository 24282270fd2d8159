import { InvalidArgumentError, type Command } from 'commander'
import type { Actor } from '../runs/actor.js'
import type { Order } from '../runs/engine.js'
import type { Outcome } from '../runs/outcome.js'
import type { Session } from './session.js'
import { localOption, print, type CommonOptions, type Terminal } from './terminal.js'

interface MigrateOptions extends CommonOptions {
  readonly expect?: string
  readonly resolve?: { readonly name: string; readonly as: 'applied' | 'pending' }
  readonly acceptDrift?: readonly string[]
  readonly reason?: string
}

const actor: Actor = Object.freeze({ credential: 'pipeline' })

/** `sallyport migrate`: the pipeline mode. */
export function addMigrate(program: Command, terminal: Terminal): void {
  const command = program.command('migrate')
  command
    .description('apply what is pending from a trusted pipeline step: no HTTP, no secret')
    .option('--expect <name>', 'refuse unless this is the newest migration shipped here')
    .option('--resolve <name=applied|pending>', 'say what became of an interrupted migration', parseResolve)
    .option('--accept-drift <name>', 'go on in spite of this finding; may be repeated', collect)
    .option('--reason <text>', 'why, for the journal: required by --resolve and --accept-drift')
    .addOption(localOption())
    .option('--json', 'print the result as JSON')
    .action(async (options: MigrateOptions) => {
      const problem = reasonProblem(options)
      if (problem !== undefined) command.error(`error: ${problem}`)
      const { inSession } = await import('./session.js')
      process.exitCode = await inSession(terminal, options, (session) => migrate(session, options, terminal))
    })
}

async function migrate(session: Session, options: MigrateOptions, terminal: Terminal) {
  const [{ createProgress }, { handleSignals }, { alertedEngine }] = await Promise.all([
    import('./progress.js'),
    import('../server/signals.js'),
    import('./alerted-engine.js'),
  ])
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
  const [{ completedText }, { printFailure, resultOf }] = await Promise.all([
    import('./texts.js'),
    import('./results.js'),
  ])
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

function reasonProblem({ resolve, acceptDrift, reason }: MigrateOptions): string | undefined {
  const needed = resolve !== undefined || acceptDrift !== undefined
  if (needed && !reason?.trim())
    return "'--resolve' and '--accept-drift' are journaled: say why with '--reason <text>'"
  return !needed && reason !== undefined ? "'--reason' goes with '--resolve' or '--accept-drift'" : undefined
}

function parseResolve(value: string): MigrateOptions['resolve'] {
  const [, name, as] = /^(.+)=(applied|pending)$/.exec(value) ?? []
  if (name === undefined)
    throw new InvalidArgumentError('Give the migration and what became of it: NAME=applied or NAME=pending.')
  return { name, as: as === 'applied' ? 'applied' : 'pending' }
}

function collect(value: string, before: readonly string[] = []): readonly string[] {
  return [...before, value]
}
