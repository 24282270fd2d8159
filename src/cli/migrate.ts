import { InvalidArgumentError, type Command } from 'commander'
import { localOption } from './local-option.js'
import type { MigrateOptions } from './migrate-command.js'
import type { Terminal } from './terminal.js'

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
      const { migrateCommand } = await import('./migrate-command.js')
      process.exitCode = await migrateCommand(terminal, options)
    })
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
