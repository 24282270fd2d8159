/** A stream of repeatable random numbers. Two streams of one seed are equal. */
export interface Dice {
  /** Uniform in [0, 1). */
  next(): number
  /** A whole number in [0, bound). */
  below(bound: number): number
  pick<T>(items: readonly T[]): T
}

/** 32 bits of a text, FNV-1a; good enough to spread round numbers, never for secrets. */
function hash(text: string): number {
  let value = 0x811c9dc5
  for (let at = 0; at < text.length; at += 1) {
    value = Math.imul(value ^ text.charCodeAt(at), 0x01000193)
  }
  return value >>> 0
}

/** The dice of one seed; `mulberry32`, whose whole state is one number. Throws a RangeError on an empty pick. */
export function dice(seed: string): Dice {
  let state = hash(seed)
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
  const below = (bound: number): number => Math.floor(next() * bound)
  return Object.freeze({
    next,
    below,
    pick<T>(items: readonly T[]): T {
      if (items.length === 0) throw new RangeError('nothing to pick from')
      return items[below(items.length)] as T
    },
  })
}
