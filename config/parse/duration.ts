import { wrong, type Parser } from './parser.js'

/** Node fires a timer of more than 2^31-1 ms at once (nodejs.org/api/timers.html), and PostgreSQL's timeouts end there too. */
export const longestMs = 2_147_483_647

const units: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 }

export interface DurationBounds {
  /** Milliseconds; with 0, a bare `0` is understood too. */
  readonly min: number
  /** Milliseconds. Default: `longestMs`. */
  readonly max?: number
}

/** Text such as `500ms`, `30s`, `15m` or `1h` to milliseconds. A number without a unit is refused: of seconds or of what? */
export function duration({ min, max = longestMs }: DurationBounds): Parser<number> {
  return (text) => {
    if (text === '0') return min === 0 ? { value: 0 } : wrong(`it is shorter than ${min}ms`)
    if (/^[0-9]+$/.test(text)) return wrong('the unit is missing')
    const [, digits = '', unit = ''] = /^([0-9]{1,10})(ms|s|m|h)$/.exec(text) ?? []
    const factor = units[unit]
    if (factor === undefined) return wrong('it is not a duration')
    const ms = Number(digits) * factor
    if (ms < min) return wrong(`it is shorter than ${min}ms`)
    return ms > max ? wrong(`it is longer than ${max}ms`) : { value: ms }
  }
}
