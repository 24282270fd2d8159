import type { EnvironmentVariables } from './environment.js'
import { issue, type Issue } from './issue.js'
import type { Variable } from './variable.js'
import { otherSecretNames, variables } from './variables.js'

const ours = Object.entries<Variable<unknown>>(variables)
const withFiles = ours.filter(([, row]) => row.file).map(([name]) => `${name}_FILE`)
const known: ReadonlySet<string> = new Set([
  ...ours.map(([name]) => name),
  ...withFiles,
  ...otherSecretNames,
  ...otherSecretNames.map((name) => `${name}_FILE`),
])

/** Names that nobody else uses; `SSL_CERT_FILE` or `DATABASE_URI` may well be meant for another program. */
const distinctive = [...known].filter((name) => /^(?:MIGRAT|SALLYPORT_)/.test(name))

/**
 * Two slips leave two letters in a row of `MIGRAT`, or three of `SALLYPORT_`, as they were, and near to where they were. A
 * pod's environment holds hundreds of names of services, and to measure the distance of each takes a tenth of a second.
 */
const resembling = /^.{0,6}(?:MI|IG|GR|RA|AT)|^.{0,9}(?:SAL|ALL|LLY|LYP|YPO|POR|ORT|RT_)/i

/** Warnings about variables that were probably meant for Sallyport, with the nearest name; values are not looked at. */
export function misspeltVariables(env: EnvironmentVariables): readonly Issue[] {
  return Object.keys(env)
    .filter((name) => env[name] !== undefined && !known.has(name) && resembling.test(name))
    .flatMap((name) => {
      const prefixed = name.startsWith('MIGRATION_')
      const [nearest, distance] = nearestTo(name.toUpperCase(), prefixed ? Infinity : typing)
      return prefixed || distance <= typing ? [unknown(name, nearest)] : []
    })
}

/** How many letters are taken for a slip. */
const typing = 2

function unknown(name: string, nearest: string): Issue {
  const printable = name.slice(0, 80).replace(/[^\x21-\x7e]/g, '?')
  return issue({
    code: 'setting_unknown',
    severity: 'warning',
    variable: printable,
    message: `${printable} is no variable of Sallyport and has no effect; the nearest is ${nearest}`,
    remedy: `Rename it to ${nearest} if that is what it means, or give it another prefix.`,
  })
}

/** Within `most`; every start compares each variable of its environment, and lengths spare nearly all of that. */
function nearestTo(name: string, most: number): readonly [string, number] {
  const distances = distinctive
    .filter((candidate) => Math.abs(candidate.length - name.length) <= most)
    .map((candidate) => [candidate, editDistance(name, candidate, most)] as const)
  return distances.reduce((best, next) => (next[1] < best[1] ? next : best), ['MIGRATION_SECRET', 99])
}

/**
 * Levenshtein's distance: how many letters have to be added, dropped or replaced. Infinity as soon as it must be more than
 * `most`, which shows in the first few letters of nearly every name.
 */
function editDistance(a: string, b: string, most: number): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index)
  for (let i = 0; i < a.length; i += 1) {
    const next = [i + 1]
    for (let j = 0; j < b.length; j += 1) {
      const replaced = (row[j] ?? 0) + (a[i] === b[j] ? 0 : 1)
      next.push(Math.min(replaced, (row[j + 1] ?? 0) + 1, (next[j] ?? 0) + 1))
    }
    if (Math.min(...next) > most) return Infinity
    row = next
  }
  return row.at(-1) ?? 0
}
