import type { Command } from 'commander'
import { localOption } from './local-option.js'
import type { CommonOptions, Terminal } from './terminal.js'

/** `sallyport check`: the production checklist; writes nothing. */
export function addCheck(program: Command, terminal: Terminal): void {
  program
    .command('check')
    .description('go through the production checklist; writes nothing, and ends with 1 when an item fails')
    .addOption(localOption())
    .option('--json', 'print the result as JSON')
    .action(async (options: CommonOptions) => {
      const { checkCommand } = await import('./check-command.js')
      process.exitCode = await checkCommand(terminal, options)
    })
}
