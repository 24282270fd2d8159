import type { Run } from '../door/shapes.js'

/** A run as a bar. */
export interface Bar {
  readonly runId: string
  readonly status: Run['status']
  /** Of the chart's height, from 20 to 100: durations go from milliseconds to hours, so it is their logarithm. */
  readonly percent: number
  /** Whether a day begins with it, or a month where there are many days. */
  readonly begins: boolean
}

/** Bars in the order of time, the newest last. `runs`: newest first, as the door lists them. */
export function barsOf(runs: readonly Run[]): readonly Bar[] {
  const sizes = runs.map(({ durationMs }) => Math.log10(Math.max(10, durationMs)))
  // The shortest gets a fifth of the height, so that what differs is seen.
  const shortest = Math.min(...sizes)
  const range = Math.max(Math.max(...sizes) - shortest, 0.5)
  const ordered = [...runs].reverse()
  const spanMs =
    ordered.length > 0
      ? Date.parse(ordered.at(-1)?.startedAt ?? '') - Date.parse(ordered[0]?.startedAt ?? '')
      : 0
  const part = spanMs > 14 * dayMs ? monthOf : dayOf
  return ordered.map(({ runId, status, durationMs, startedAt }, index) => ({
    runId,
    status,
    percent: Math.round(20 + (80 * (Math.log10(Math.max(10, durationMs)) - shortest)) / range),
    begins: index > 0 && part(startedAt) !== part(ordered[index - 1]?.startedAt ?? ''),
  }))
}

const dayMs = 86_400_000

function dayOf(time: string): string {
  return new Date(time).toDateString()
}

function monthOf(time: string): string {
  return dayOf(time).slice(4, 7)
}
