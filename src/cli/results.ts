import { problemKinds } from '../problems/catalog.js'
import type { Failed, Outcome } from '../runs/outcome.js'
import { failedText } from './texts.js'
import { print, type CommonOptions, type Terminal } from './terminal.js'

/** The JSON of a result: what the door answers to the same call, without the members that only HTTP has. */
export function resultOf(outcome: Outcome): Record<string, unknown> {
  if (outcome.status === 'failed') {
    const { code, detail, fields } = outcome
    const { status, title } = problemKinds[code]
    return { success: false, error: title, code, title, status, detail, ...fields }
  }
  if (outcome.status === 'planned') return { success: true, ...outcome }
  return { success: true, message: 'Migrations applied', ...outcome }
}

/** Prints a failure, as JSON on stdout or as text on stderr; its exit code. */
export function printFailure(failed: Failed, options: CommonOptions, terminal: Terminal): number {
  if (options.json) print(terminal, options, resultOf(failed), '')
  else terminal.err.write(failedText(failed))
  return problemKinds[failed.code].exitCode
}
