import type { Command } from 'commander'
import { localOption } from './local-option.js'
import type { CommonOptions, Terminal } from './terminal.js'

/** `sallyport serve`: the standalone server. */
export function addServe(program: Command, terminal: Terminal): void {
  program
    .command('serve')
    .description('open the door, the probes and the boot run; what production runs')
    .addOption(localOption())
    .option('--json', 'log JSON on a terminal, too')
    .action(async (options: CommonOptions) => {
      const { serveCommand } = await import('./serve-command.js')
      process.exitCode = await serveCommand(terminal, options)
    })
}
