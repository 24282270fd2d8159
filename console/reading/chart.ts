import type { Run } from '../door/shapes.js'

/** A run as a bar. */
export interface Bar {
  readonly run: Run
  /** Of the chart's height. */
  readonly percent: number
  /** A day that begins with it, and is written below it. */
  readonly day: Date | null
  /** Of these days, every second one: where there is little room, it is left out. */
  readonly between: boolean
}

/** A line across, at a round duration. */
export interface Line {
  readonly ms: number
  /** Of the chart's height. */
  readonly percent: number
}

export interface Chart {
  /** In the order of time, the newest last. */
  readonly bars: readonly Bar[]
  readonly lines: readonly Line[]
}

const second = 1_000
const minute = 60 * second
const hour = 60 * minute
const round = [10, 100, second, 10 * second, minute, 10 * minute, hour, 10 * hour, 100 * hour]
/** More would run into each other on a narrow screen. */
const daysWritten = 5

/** Durations go from milliseconds to hours, so a bar is as high as their logarithm. `runs`: newest first, as the door lists them. */
export function chartOf(runs: readonly Run[]): Chart {
  const ordered = [...runs].reverse()
  const durations = ordered.map(({ durationMs }) => Math.max(10, durationMs))
  // The shortest stands on the round duration below it, so that it is seen too.
  const lowest = Math.log10(round.findLast((ms) => ms < Math.min(...durations)) ?? 5)
  const highest = Math.max(Math.log10(Math.max(...durations)), lowest + 1)
  const percentOf = (ms: number): number => Math.round((100 * (Math.log10(ms) - lowest)) / (highest - lowest))
  return {
    bars: ordered.map((run, at) => ({
      run,
      percent: percentOf(durations[at] ?? 10),
      day: dayAt(ordered, at),
      between: Math.floor(at / partWidth(ordered)) % 2 === 1,
    })),
    lines: round
      .map((ms) => ({ ms, percent: percentOf(ms) }))
      .filter(({ percent }) => percent > 10 && percent <= 100),
  }
}

/** The chart's width is divided, and each part names the first day that begins in it; the last part has no room to. */
function dayAt(ordered: readonly Run[], at: number): Date | null {
  const width = partWidth(ordered)
  const part = Math.floor(at / width) * width
  if (at > 0 && ordered.length - at < width * 0.7) return null
  const begins = (index: number): boolean =>
    index === 0 || dateOf(ordered[index]).toDateString() !== dateOf(ordered[index - 1]).toDateString()
  for (let index = part; index < at; index += 1) if (begins(index)) return null
  return begins(at) ? dateOf(ordered[at]) : null
}

function partWidth({ length }: readonly Run[]): number {
  return Math.max(1, Math.ceil(length / daysWritten))
}

function dateOf(run: Run | undefined): Date {
  return new Date(run?.startedAt ?? 0)
}
