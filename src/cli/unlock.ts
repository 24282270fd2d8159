import type { Command } from 'commander'
import { localOption } from './local-option.js'
import { print, type CommonOptions, type Terminal } from './terminal.js'

/** `sallyport unlock`: frees knex's own lock row, on a person's word that nobody is migrating. */
export function addUnlock(program: Command, terminal: Terminal): void {
  program
    .command('unlock')
    .description('free knex’s lock row after a killed knex command line; refused while a run goes on')
    .addOption(localOption())
    .option('--json', 'print the result as JSON')
    .action(async (options: CommonOptions) => {
      const [{ inSession }, { printFailure }] = await Promise.all([
        import('./session.js'),
        import('./results.js'),
      ])
      process.exitCode = await inSession(terminal, options, async ({ engine, logger }) => {
        const unlocked = await engine.unlock()
        if ('code' in unlocked) return printFailure(unlocked, options, terminal)
        if (unlocked.freed) logger.warn('knex’s lock row was freed by hand')
        const text = unlocked.freed
          ? 'The lock row of knex is free now.'
          : 'The lock row of knex was free already.'
        print(terminal, options, { success: true, ...unlocked }, `${text}\n`)
        return 0
      })
    })
}
