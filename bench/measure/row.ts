import type { Sample } from './sample.js'

/** One line of a table. */
export interface Row {
  readonly name: string
  /** Such as `ms` or `requests/s`. */
  readonly unit: string
  readonly value: Sample
  /** Over the base of its table, round by round. */
  readonly ratio?: Sample
  readonly limit?: Limit
  readonly note?: string
}

/** What a figure is to keep to: its ratio, or the value itself where it has none. */
export interface Limit {
  readonly at: 'most' | 'least'
  readonly of: number
}

/** One comparison, or one list of counts. */
export interface Table {
  readonly title: string
  /** Whose figure is 1. */
  readonly base?: string
  readonly rows: readonly Row[]
  /** What was done, and what a reader must know to judge it. */
  readonly about: string
  /** How many migrations, where a plot is drawn against it. */
  readonly size?: number
}

/** Whether the median keeps to it; undefined where there is no limit. */
export function keeps({ limit, ratio, value }: Row): boolean | undefined {
  if (limit === undefined) return undefined
  const { median } = ratio ?? value
  return limit.at === 'most' ? median <= limit.of : median >= limit.of
}

/** A count, which is exact: each round is the same. */
export function counted(name: string, unit: string, count: number, limit?: Limit): Row {
  const value = { median: count, min: count, max: count, rounds: 1 }
  return Object.freeze({ name, unit, value, ...(limit && { limit }) })
}
