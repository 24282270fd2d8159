import { InvalidArgumentError, type Command } from 'commander'

import type { Route } from './rounds/plan.js'

/** `--route` and `--pool` as they were parsed. */
export interface RouteChoice {
  readonly route: readonly ('direct' | 'pgbouncer')[]
  readonly pool: readonly number[]
}

/** Adds the options that choose how a client reaches PostgreSQL. */
export const routeOptions = (command: Command): Command =>
  command
    .option('--route <list>', 'direct, pgbouncer', oneOf(['direct', 'pgbouncer'] as const), ['direct'])
    .option('--pool <list>', 'server connections of PgBouncer', numbers, [24])

/** Each pool size is a route of its own. */
export const routesOf = ({ route, pool }: RouteChoice): readonly Route[] =>
  route.flatMap((via): Route[] =>
    via === 'direct' ? [Object.freeze({ via })] : pool.map((size) => Object.freeze({ via, pool: size })),
  )

/** Parses a whole number; throws commander's error for anything else. */
export function number(text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new InvalidArgumentError('a whole number is wanted')
  return Number(text)
}

/** Parses a list of whole numbers. */
export const numbers = (text: string): number[] => text.split(',').map(number)

/** A parser of lists whose words are known. */
export function oneOf<T extends string>(known: readonly T[]): (text: string) => T[] {
  return (text) =>
    text.split(',').map((word) => {
      const found = known.find((one) => one === word)
      if (!found) throw new InvalidArgumentError(`known are ${known.join(', ')}`)
      return found
    })
}
