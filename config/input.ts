import type { EnvironmentVariables } from './environment.js'
import { readSmallFile } from './file.js'

/** What the environment says about one variable, itself or by `X_FILE`. */
export interface Input {
  /** Undefined where nothing was given, or what was given cannot be used. */
  readonly text: string | undefined
  /** The path, where the value came, or should have come, from a file. */
  readonly file: string | undefined
  readonly problem?: InputProblem
}

export interface InputProblem {
  readonly kind: 'ambiguous' | 'unreadable'
  readonly message: string
  readonly remedy: string
}

export interface ReadInputOptions {
  readonly cwd: string
  /** Largest file, in bytes. Default: 64 KiB. */
  readonly maxBytes?: number
  /** Whether an empty file is in order. Default: false. */
  readonly mayBeEmpty?: boolean
}

const secretBytes = 64 * 1024

/** Reads `X`, or the file that `X_FILE` names. An empty text, which Compose and Helm templates leave behind, counts as not given. */
export function readInput(env: EnvironmentVariables, name: string, options: ReadInputOptions): Input {
  const direct = env[name] === '' ? undefined : env[name]
  const file = env[`${name}_FILE`] || undefined
  if (file === undefined) return { text: direct, file }
  if (direct !== undefined) {
    const message = `both ${name} and ${name}_FILE are set`
    return { text: undefined, file, problem: { kind: 'ambiguous', message, remedy: 'Unset one of the two.' } }
  }
  const read = readSmallFile(file, { maxBytes: secretBytes, ...options })
  if ('text' in read) return { text: read.text, file }
  const message = `the file that ${name}_FILE names ${read.problem}`
  const remedy = `Let ${name}_FILE be the path of a readable text file that holds the value and nothing else.`
  return { text: undefined, file, problem: { kind: 'unreadable', message, remedy } }
}
