import { Command } from 'commander'
import { addCheck } from './check.js'
import { addInit } from './init.js'
import { addJournal } from './journal.js'
import { addMigrate } from './migrate.js'
import { addPlan } from './plan.js'
import { addServe } from './serve.js'
import { addStatus } from './status.js'
import type { Terminal } from './terminal.js'
import { addUnlock } from './unlock.js'

const examples = `Examples:
  $ sallyport init                              local secrets in .env.local
  $ sallyport serve                             the door, the probes and the boot run
  $ sallyport migrate                           apply what is pending, from a pipeline step
  $ sallyport migrate --expect 20250317090000_create_receipts
  $ sallyport status --exit-code                3 when migrations are pending
`

/** Before each command's own help: most readers look for the line to copy. */
const examplesOf: Readonly<Record<string, string>> = {
  serve: `
  $ sallyport serve
  $ sallyport serve --local                     development on an embedded PostgreSQL
`,
  migrate: `
  $ sallyport migrate
  $ sallyport migrate --expect 20250317090000_create_receipts --json
  $ sallyport migrate --resolve 20250224090000_index_payments=applied --reason "the index is there"
  $ sallyport migrate --accept-drift 20250106090000_create_users --reason "squashed into one file"
`,
  status: `
  $ sallyport status
  $ sallyport status --exit-code --json         3 when migrations are pending
`,
  plan: `
  $ sallyport plan
  $ sallyport plan --expect 20250317090000_create_receipts --json
`,
  check: `
  $ sallyport check
  $ sallyport check --json                      1 when an item fails; for a pipeline
`,
  journal: `
  $ sallyport journal verify
  $ sallyport journal verify --anchor 1042:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08
  $ sallyport journal export --since 2026-01-01 --until 2026-04-01 > evidence.json
`,
  unlock: `
  $ sallyport unlock                            when you are sure that no knex is migrating
`,
  init: `
  $ sallyport init
`,
}

const epilogue = `
Settings come from the environment, secrets never from flags.
Exit codes: 0 done, 1 failed (check: an item), 2 usage, 3 pending (status --exit-code), 4 blocked or locked,
5 database unavailable, 6 unexpected head or drift, 7 unresolved, 78 configuration.
`

/** The command line, ready to parse. Usage errors reject with commander's `CommanderError`. */
export function createProgram(terminal: Terminal, version: string): Command {
  const program = new Command('sallyport')
    .description('The guarded door through which schema migrations reach a production PostgreSQL database.')
    .version(version)
    .addHelpText('before', examples)
    .addHelpText('after', epilogue)
    .showSuggestionAfterError()
    .showHelpAfterError('(sallyport help has examples)')
    .configureOutput({
      writeOut: (text) => terminal.out(text),
      writeErr: (text) => void terminal.err.write(text),
    })
    .exitOverride()
  for (const add of [addServe, addMigrate, addStatus, addPlan, addCheck, addJournal, addUnlock, addInit])
    add(program, terminal)
  for (const command of program.commands) {
    command.addHelpText('before', `Examples:${examplesOf[command.name()] ?? '\n'}`)
    command.showHelpAfterError(`(sallyport ${command.name()} --help has examples)`)
  }
  return program
}
