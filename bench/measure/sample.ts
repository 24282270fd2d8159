/** What repeated measuring came to. */
export interface Sample {
  readonly median: number
  readonly min: number
  readonly max: number
  /** How often it was measured. */
  readonly rounds: number
}

/** Throws where nothing was measured. */
export function sampleOf(values: readonly number[]): Sample {
  const sorted = values.toSorted((a, b) => a - b)
  const [min] = sorted
  const max = sorted.at(-1)
  if (min === undefined || max === undefined) throw new Error('nothing was measured')
  return Object.freeze({ median: middleOf(sorted), min, max, rounds: values.length })
}

/** The middle one, or the mean of the two in the middle. */
export function medianOf(values: readonly number[]): number {
  return middleOf(values.toSorted((a, b) => a - b))
}

function middleOf(sorted: readonly number[]): number {
  const half = Math.floor(sorted.length / 2)
  const upper = sorted[half] ?? Number.NaN
  return sorted.length % 2 === 1 ? upper : ((sorted[half - 1] ?? Number.NaN) + upper) / 2
}
