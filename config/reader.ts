import type { EnvironmentVariables } from './environment.js'
import { readInput, type Input } from './input.js'
import { issue, type Issue } from './issue.js'
import type { Variable, ValueOf } from './variable.js'
import { variables, type VariableName } from './variables.js'

/** What reading a variable yields: undefined only where the table has no default. */
type Read<Name extends VariableName> =
  | ValueOf<(typeof variables)[Name]>
  | ((typeof variables)[Name] extends { readonly fallback: string } ? never : undefined)

/** Reads variables by the table, and keeps every problem on the way. */
export interface Reader {
  /** The value or, where none was given or it is malformed, the default. */
  read<Name extends VariableName>(name: Name): Read<Name>
  /** The default of this environment, whatever was given. */
  fallback<Name extends VariableName>(name: Name): Read<Name>
  /** Notes a problem that lies between variables. */
  note(problem: Issue): void
  readonly issues: readonly Issue[]
}

export interface ReaderOptions {
  readonly env: EnvironmentVariables
  readonly cwd: string
  readonly local: boolean
}

/** A reader of this environment; it opens files (`X_FILE`), nothing else. */
export function createReader({ env, cwd, local }: ReaderOptions): Reader {
  const issues: Issue[] = []
  const fallback = (row: Variable<unknown>): unknown => {
    const text = local ? (row.local ?? row.fallback) : row.fallback
    const parsed = text === undefined ? undefined : row.parse(text)
    return parsed && 'value' in parsed ? parsed.value : undefined
  }
  return Object.freeze({
    issues,
    fallback: <Name extends VariableName>(name: Name) => fallback(variables[name]) as Read<Name>,
    note: (problem: Issue) => void issues.push(problem),
    read<Name extends VariableName>(name: Name): Read<Name> {
      const row: Variable<unknown> = variables[name]
      const { maxBytes, mayBeEmpty = false } = row
      const input: Input = row.file
        ? readInput(env, name, { cwd, mayBeEmpty, ...(maxBytes === undefined ? {} : { maxBytes }) })
        : { text: env[name] || undefined, file: undefined }
      const result = evaluate(name, row, input, env[name] === '')
      issues.push(...result.issues)
      // The table and the type `Read` say the same; TypeScript cannot follow a parser looked up by name.
      return (result.value ?? fallback(row)) as Read<Name>
    },
  })
}

interface Evaluation {
  readonly value?: unknown
  readonly issues: readonly Issue[]
}

function evaluate(name: string, row: Variable<unknown>, input: Input, empty: boolean): Evaluation {
  const { text, problem } = input
  if (problem !== undefined) {
    const { kind, message, remedy } = problem
    return {
      issues: [issue({ code: `setting_${kind}`, severity: 'fatal', variable: name, message, remedy })],
    }
  }
  if (text === undefined) {
    // A list or an optional value may be left empty; of a default that the user did not get, he has to hear.
    return { issues: empty && row.fallback ? [malformed(name, row.form, 'it is empty')] : [] }
  }
  const parsed = row.parse(text)
  if ('value' in parsed) return { value: parsed.value, issues: [] }
  return { issues: parsed.problems.map((problem) => malformed(name, row.form, problem)) }
}

/** A setting that cannot be read: fatal in every environment. `form` says what would do. */
export function malformed(name: string, form: string, problem: string): Issue {
  return issue({
    code: 'setting_malformed',
    severity: 'fatal',
    variable: name,
    message: `${name} is malformed: ${problem}`,
    remedy: `Give ${form}.`,
  })
}
