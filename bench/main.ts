import { inspect } from 'node:util'

import { command } from './command.js'
import { killAll } from './world/children.js'

const tell = (line: string): void => void process.stderr.write(`${line}\n`)
const print = (text: string): void => void process.stdout.write(`${text}\n`)

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => void killAll().finally(() => process.exit(130)))
}

command(tell, print)
  .parseAsync()
  .catch(async (error: unknown) => {
    process.exitCode = 1
    tell(inspect(error))
    await killAll()
  })
