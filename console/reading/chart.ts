import type { Run } from '../door/shapes.js'

/** A run as a bar. */
export interface Bar {
  readonly runId: string
  readonly status: Run['status']
  /** Of the chart's height, from 6 to 100: durations from milliseconds to hours, so their logarithm. */
  readonly percent: number
  /** Whether it is the first of its day. */
  readonly newDay: boolean
}

/** Bars in the order of time, the newest last. `runs`: newest first, as the door lists them. */
export function barsOf(runs: readonly Run[]): readonly Bar[] {
  const size = (ms: number): number => Math.log10(Math.max(10, ms))
  const longest = Math.max(...runs.map((run) => size(run.durationMs)), size(1_000))
  const ordered = [...runs].reverse()
  return ordered.map(({ runId, status, durationMs, startedAt }, index) => ({
    runId,
    status,
    percent: Math.round(6 + (94 * (size(durationMs) - 1)) / (longest - 1)),
    newDay: index === 0 || dayOf(startedAt) !== dayOf(ordered[index - 1]?.startedAt ?? ''),
  }))
}

function dayOf(time: string): string {
  return new Date(time).toDateString()
}
