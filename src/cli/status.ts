import type { Command } from 'commander'
import { localOption, print, type CommonOptions, type Terminal } from './terminal.js'

interface StatusOptions extends CommonOptions {
  readonly exitCode?: boolean
}

/** The exit code of `status --exit-code` when migrations are pending. */
const pendingExitCode = 3

/** `sallyport status`: the files against the database; writes nothing. */
export function addStatus(program: Command, terminal: Terminal): void {
  program
    .command('status')
    .description('say what is applied and pending; writes nothing')
    .option('--exit-code', 'exit with 3 when migrations are pending')
    .addOption(localOption())
    .option('--json', 'print the result as JSON')
    .action(async (options: StatusOptions) => {
      const [{ inSession }, { statusText }, { printFailure }] = await Promise.all([
        import('./session.js'),
        import('./texts.js'),
        import('./results.js'),
      ])
      process.exitCode = await inSession(terminal, options, async ({ engine }) => {
        const status = await engine.status()
        if ('code' in status) return printFailure(status, options, terminal)
        print(terminal, options, { ...status, release: engine.release }, statusText(status))
        return options.exitCode && status.pending.length > 0 ? pendingExitCode : 0
      })
    })
}
