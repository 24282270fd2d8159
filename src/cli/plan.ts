import type { Command } from 'commander'
import { localOption } from './local-option.js'
import { print, type CommonOptions, type Terminal } from './terminal.js'

interface PlanOptions extends CommonOptions {
  readonly expect?: string
}

/** `sallyport plan`: what `migrate` would apply; the answer to a dry run. */
export function addPlan(program: Command, terminal: Terminal): void {
  program
    .command('plan')
    .description('say what migrate would apply, and how; writes nothing')
    .option('--expect <name>', 'refuse unless this is the newest migration shipped here')
    .addOption(localOption())
    .option('--json', 'print the result as JSON')
    .action(async ({ expect, ...options }: PlanOptions) => {
      const [{ inSession }, { plannedText }, { printFailure, resultOf }] = await Promise.all([
        import('./session.js'),
        import('./texts.js'),
        import('./results.js'),
      ])
      process.exitCode = await inSession(terminal, options, async ({ engine }) => {
        const order = { dryRun: true, ...(expect === undefined ? {} : { expect }) }
        const outcome = await engine.migrate(order, { credential: 'pipeline' })
        if (outcome.status === 'failed') return printFailure(outcome, options, terminal)
        if (outcome.status === 'planned') print(terminal, options, resultOf(outcome), plannedText(outcome))
        return 0
      })
    })
}
