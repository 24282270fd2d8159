import type { Refusal } from '../gates/refuse.js'
import type { OptionError } from '../problems/document.js'

/** How many runs `GET …/runs` answers of which no number was asked. */
export const defaultLimit = 50

/** Whether a target has a query, if only an empty one. */
export function hasQuery(target: string): boolean {
  return target.includes('?')
}

/** Refuses any query; for every path and method but the `POST`. */
export function refuseQuery(target: string): Refusal | undefined {
  const { names } = parameters(target)
  if (names.length === 0) return undefined
  return invalid(names.map((unknown) => ({ ...shownParameter(unknown), detail: 'unknown option' })))
}

interface Parameters {
  readonly names: readonly string[]
  readonly values: Readonly<Record<string, string>>
  readonly errors: readonly OptionError[]
}

/** From the raw target: `req.query` follows the query parser that the host application has set. */
export function parameters(target: string): Parameters {
  const mark = target.indexOf('?')
  const query = mark === -1 ? '' : target.slice(mark + 1)
  const pairs = [...new URLSearchParams(query)]
  // `fromEntries` defines members, so that a parameter `__proto__` is one like any other.
  const values = Object.fromEntries(pairs)
  const names = Object.keys(values)
  const errors = [...repeated(pairs)].slice(0, maxErrors)
  return {
    names,
    values,
    errors: [
      ...(isDecodable(query) ? [] : [{ parameter: '…', detail: 'not percent-encoded UTF-8' }]),
      ...errors.map((given) => ({ ...shownParameter(given), detail: 'given twice' })),
    ],
  }
}

/** `URLSearchParams` puts U+FFFD in place of what it cannot decode. */
function isDecodable(query: string): boolean {
  try {
    decodeURIComponent(query)
    return true
  } catch {
    return false
  }
}

function repeated(pairs: readonly (readonly [string, string])[]): ReadonlySet<string> {
  const once = new Set<string>()
  return new Set(pairs.map(([given]) => given).filter((given) => once.size === once.add(given).size))
}

/** More are not told. */
export const maxErrors = 20

/** 400, with each of the errors. */
export function invalid(errors: readonly OptionError[]): Refusal {
  return {
    code: 'invalid_option',
    detail: 'An option is unknown or malformed; "errors" lists each. Nothing was run.',
    errors: errors.slice(0, maxErrors),
  }
}

function shownParameter(given: string): Pick<OptionError, 'parameter'> {
  return { parameter: shown(given) }
}

/** A name is shown only where it cannot be a secret that was put in the wrong place. */
export function shown(given: string): string {
  return /^[\w.[\]~/-]{1,24}$/.test(given) ? given : '…'
}
