/** The options are wrong; thrown at construction, with everything that is wrong at once. Holds no secret. */
export class OptionsError extends TypeError {
  override readonly name = 'OptionsError'
  readonly code = 'ERR_SALLYPORT_OPTIONS'
  /** One sentence for each problem, with its remedy. */
  readonly problems: readonly string[]

  constructor(of: string, problems: readonly string[]) {
    super([`${of} was given wrong options:`, ...problems].join('\n  - '))
    this.problems = Object.freeze([...problems])
  }
}

/** Throws `OptionsError` where there is no object of options at all. */
export function refuseNoOptions(of: string, given: unknown): void {
  if (typeof given === 'object' && given !== null && !Array.isArray(given)) return
  throw new OptionsError(of, ['It takes one object of options.'])
}

/** A sentence for each option that does not exist, with the one that was probably meant. */
export function unknownOptions(given: object, known: readonly string[]): string[] {
  return Object.keys(given)
    .filter((name) => !known.includes(name))
    .map((name) => {
      const nearest = nearestOf(name, known)
      const hint =
        nearest === undefined ? `The options are ${known.join(', ')}.` : `Did you mean "${nearest}"?`
      return `"${name}" is no option. ${hint}`
    })
}

/** Half of the letters may differ; beyond that a guess is no help. */
function nearestOf(name: string, known: readonly string[]): string | undefined {
  const ranked = known
    .map((candidate) => ({ candidate, distance: distance(name.toLowerCase(), candidate.toLowerCase()) }))
    .sort((a, b) => a.distance - b.distance)
  const [best] = ranked
  return best && best.distance <= name.length / 2 ? best.candidate : undefined
}

/** Letters to add, drop or replace (Levenshtein). */
function distance(a: string, b: string): number {
  let above = Array.from({ length: b.length + 1 }, (_, column) => column)
  for (const [row, letter] of Array.from(a).entries()) {
    let left = row + 1
    above = [
      left,
      ...Array.from(b, (other, column) => {
        const diagonal = (above[column] ?? 0) + (letter === other ? 0 : 1)
        left = Math.min(diagonal, left + 1, (above[column + 1] ?? 0) + 1)
        return left
      }),
    ]
  }
  return above.at(-1) ?? 0
}
