import type { CommonOptions, Terminal } from './terminal.js'

/** A command line that is read already. */
export interface ReadCommand {
  readonly name: string
  /** Resolves with the exit code. */
  run(terminal: Terminal): Promise<number>
}

interface Switched {
  /** Its options that take no value, as they are typed, with the members that commander makes of them. */
  readonly switches: Readonly<Record<string, string>>
  readonly run: (terminal: Terminal, options: CommonOptions) => Promise<number>
}

const everywhere = { '--local': 'local', '--json': 'json' }

/** The commands that start most often, and whose start somebody waits for. */
export const switched: Readonly<Record<string, Switched>> = {
  serve: {
    switches: everywhere,
    run: async (terminal, options) => (await import('./serve-command.js')).serveCommand(terminal, options),
  },
  migrate: {
    switches: everywhere,
    run: async (terminal, options) =>
      (await import('./migrate-command.js')).migrateCommand(terminal, options),
  },
  status: {
    switches: { ...everywhere, '--exit-code': 'exitCode' },
    run: async (terminal, options) => (await import('./status-command.js')).statusCommand(terminal, options),
  },
}

/**
 * Reads a command line that consists of a command and switches, for which no parser is worth being loaded; undefined for
 * every other one, mistakes among them.
 */
export function readSwitches([name = '', ...rest]: readonly string[]): ReadCommand | undefined {
  const command = Object.hasOwn(switched, name) ? switched[name] : undefined
  if (command === undefined) return undefined
  const members = new Map(Object.entries(command.switches))
  if (!rest.every((text) => members.has(text))) return undefined
  const options: CommonOptions = Object.fromEntries(rest.map((text) => [members.get(text) ?? text, true]))
  return { name, run: (terminal) => command.run(terminal, options) }
}
