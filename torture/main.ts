import { command } from './command.js'

const stop = new AbortController()

// the first signal ends after the rounds under way, and closes the servers; the second ends at once
process.once('SIGINT', () => stop.abort()).once('SIGTERM', () => stop.abort())

const say = (line: string): void => void process.stdout.write(`${line}\n`)

command(say, stop.signal, (violations) => {
  if (violations > 0) process.exitCode = 1
})
  .parseAsync()
  .catch((error: unknown) => {
    process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`)
    process.exitCode = 2
  })
