import type { Command } from 'commander'
import { print, type CommonOptions, type Terminal } from './terminal.js'

/** `sallyport init`: writes `.env.local`. */
export function addInit(program: Command, terminal: Terminal): void {
  program
    .command('init')
    .description('write .env.local with fresh secrets, mode 0600; values that are there stay')
    .option('--json', 'print the result as JSON')
    .action(async (options: CommonOptions) => {
      const { makeEnvLocal } = await import('./env-local.js')
      const made = makeEnvLocal(terminal)
      if (made === undefined) {
        process.exitCode = 1
        return
      }
      const { path, created, added, kept } = made
      const did = added.length === 0 ? 'nothing was missing in' : created ? 'wrote' : 'added to'
      const names = added.length === 0 ? '' : `: ${added.join(', ')}`
      const rest = kept.length === 0 ? '' : `; kept ${kept.join(', ')}`
      print(terminal, options, { path, created, added, kept }, `${did} ${path}${names}${rest}`)
    })
}
