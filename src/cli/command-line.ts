import { readFileSync } from 'node:fs'
import { processEnvironment } from '../../config/process.js'
import { readSwitches } from './switches.js'
import type { Terminal } from './terminal.js'

const usageExitCode = 2

/** Carries out what the process was started for; sets the exit code. */
export async function runCommandLine(): Promise<void> {
  outliveReaders()
  const writeResult = process.stdout.write.bind(process.stdout)
  const terminal: Terminal = {
    env: processEnvironment(),
    cwd: process.cwd(),
    out: (text) => writeResult(text),
    outIsTTY: process.stdout.isTTY,
    err: process.stderr,
  }
  const command = readSwitches(process.argv.slice(2))
  if (command === undefined) return parse(terminal)
  keepForResult(command.name)
  process.exitCode = await command.run(terminal)
}

/**
 * Who reads us may stop (`| head -1`), and the disk that keeps our log may be full. What the command does goes on, and its
 * exit code tells how it ended; a result that could not be kept is no success.
 */
function outliveReaders(): void {
  process.stderr.on('error', () => undefined)
  process.stdout.on('error', ({ code = '' }: NodeJS.ErrnoException) => {
    if (code === 'EPIPE') return
    process.stderr.write(`The result could not be written to stdout (${code}).\n`)
    process.once('exit', () => (process.exitCode ||= 1))
  })
}

/** Knexfiles and migrations print what they like (a loader of `.env` its tips); who reads the result must not find it there. */
function keepForResult(command: string): void {
  if (command !== 'serve') process.stdout.write = process.stderr.write.bind(process.stderr)
}

async function parse(terminal: Terminal): Promise<void> {
  const [{ CommanderError }, { createProgram }] = await Promise.all([
    import('commander'),
    import('./program.js'),
  ])
  const program = createProgram(terminal, version())
  program.hook('preAction', (_, command) => keepForResult(command.name()))
  try {
    await program.parseAsync()
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error
    process.exitCode = error.exitCode === 0 ? 0 : usageExitCode
  }
}

/** What is compiled of this lies three levels below the package's manifest. */
function version(): string {
  const manifest = readFileSync(new URL('../../../package.json', import.meta.url), 'utf8')
  return (JSON.parse(manifest) as { readonly version: string }).version
}
