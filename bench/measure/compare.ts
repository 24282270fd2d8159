import type { Limit, Row } from './row.js'
import { sampleOf, type Sample } from './sample.js'

/** One of those measured side by side; `measure` answers one round's figure. */
export interface Contender {
  readonly name: string
  readonly measure: () => Promise<number>
  /** What its ratio to the base is to keep to. */
  readonly limit?: Limit
  /** Said beside its figure. */
  readonly note?: string
}

export interface Comparison {
  readonly rounds: number
  /** The contender over whose figure of the same round each ratio is taken. */
  readonly base: string
  readonly unit: string
  readonly contenders: readonly Contender[]
}

/**
 * Rounds in which each has its turn, beginning with another one each time: what disturbs the machine for a while
 * disturbs all of them, and the ratios are those within a round. The first round warms up and does not count.
 */
export async function compare({ rounds, base, unit, contenders }: Comparison): Promise<Row[]> {
  const figures = new Map(contenders.map(({ name }) => [name, [] as number[]]))
  for (let round = 0; round <= rounds; round += 1) {
    const turns = contenders.map((_, place) => contenders[(place + round) % contenders.length] as Contender)
    for (const { name, measure } of turns) {
      const figure = await measure()
      if (round > 0) figures.get(name)?.push(figure)
    }
  }
  const below = figures.get(base) ?? []
  return contenders.map(({ name, limit, note }) => {
    const own = figures.get(name) ?? []
    return Object.freeze({
      name,
      unit,
      value: sampleOf(own),
      ratio: ratioOf(own, below),
      ...(limit && { limit }),
      ...(note !== undefined && { note }),
    })
  })
}

function ratioOf(own: readonly number[], base: readonly number[]): Sample {
  return sampleOf(own.map((figure, round) => figure / (base[round] ?? Number.NaN)))
}
