import { readFileSync } from 'node:fs'
import { CommanderError } from 'commander'
import { processEnvironment } from '../../config/process.js'
import { createProgram } from './program.js'

const usageExitCode = 2
const lingerMs = 500

/** `dist/src/cli/command-line.js` lies three levels below the package's manifest. */
const manifest = JSON.parse(readFileSync(new URL('../../../package.json', import.meta.url), 'utf8')) as {
  readonly version: string
}

// Who reads us may stop (`| head -1`), and the disk that keeps our log may be full. What the command does goes on, and its
// exit code tells how it ended; a result that could not be kept is no success.
process.stderr.on('error', () => undefined)
process.stdout.on('error', ({ code = '' }: NodeJS.ErrnoException) => {
  if (code === 'EPIPE') return
  process.stderr.write(`The result could not be written to stdout (${code}).\n`)
  process.once('exit', () => (process.exitCode ||= 1))
})

const writeResult = process.stdout.write.bind(process.stdout)

const program = createProgram(
  {
    env: processEnvironment(),
    cwd: process.cwd(),
    out: (text) => writeResult(text),
    outIsTTY: process.stdout.isTTY,
    err: process.stderr,
  },
  manifest.version,
)

// Knexfiles and migrations print what they like (a loader of `.env` its tips); who reads the result must not find it there.
program.hook('preAction', (_, command) => {
  if (command.name() !== 'serve') process.stdout.write = process.stderr.write.bind(process.stderr)
})

try {
  await program.parseAsync()
} catch (error) {
  if (!(error instanceof CommanderError)) throw error
  process.exitCode = error.exitCode === 0 ? 0 : usageExitCode
}

// What a migration left open (a connection, a timer) must not keep a finished command alive.
// eslint-disable-next-line no-restricted-syntax -- everything of ours is closed and drained
setTimeout(() => process.exit(), lingerMs).unref()
