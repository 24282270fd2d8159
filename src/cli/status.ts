import type { Command } from 'commander'
import { localOption } from './local-option.js'
import type { StatusOptions } from './status-command.js'
import type { Terminal } from './terminal.js'

/** `sallyport status`: the files against the database; writes nothing. */
export function addStatus(program: Command, terminal: Terminal): void {
  program
    .command('status')
    .description('say what is applied and pending; writes nothing')
    .option('--exit-code', 'exit with 3 when migrations are pending')
    .addOption(localOption())
    .option('--json', 'print the result as JSON')
    .action(async (options: StatusOptions) => {
      const { statusCommand } = await import('./status-command.js')
      process.exitCode = await statusCommand(terminal, options)
    })
}
