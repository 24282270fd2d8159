import { command } from './command.js'

const stop = new AbortController()

// the first signal ends a campaign after the rounds under way; the second ends at once, and takes the servers along
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.on(signal, () => {
    if (stop.signal.aborted) process.exit(130)
    stop.abort()
  })
}

const say = (line: string): void => void process.stdout.write(`${line}\n`)

command(say, stop.signal, (violations) => {
  if (violations > 0) process.exitCode = 1
})
  .parseAsync()
  .catch((error: unknown) => {
    process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`)
    process.exitCode = 2
  })
