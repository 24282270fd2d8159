import type { ProgressStream } from './progress.js'

/** What a command may touch of the process that it runs in. */
export interface Terminal {
  readonly env: Readonly<Record<string, string | undefined>>
  readonly cwd: string
  /** Results only, so that they can be piped. */
  readonly out: (text: string) => void
  readonly outIsTTY: boolean
  /** Progress, warnings, errors. */
  readonly err: ProgressStream
}

/** Options that every command has. */
export interface CommonOptions {
  readonly json?: boolean
  readonly local?: boolean
}

/** One value as one line of JSON, or as text for a person. */
export function print(terminal: Terminal, { json }: CommonOptions, value: unknown, text: string): void {
  terminal.out(json ? `${JSON.stringify(value)}\n` : text.endsWith('\n') ? text : `${text}\n`)
}
