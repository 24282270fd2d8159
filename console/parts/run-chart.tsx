import type { Run } from '../door/shapes.js'
import { chartOf, type Bar } from '../reading/chart.js'
import { visible } from '../reading/visible.js'
import { count, duration, roundDuration } from '../reading/words.js'

const day = new Intl.DateTimeFormat(undefined, { day: 'numeric', month: 'short' })
const moment = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'short' })

export interface RunChartProps {
  readonly runs: readonly Run[]
  /** Shows a run in the list. */
  readonly show: (run: Run) => void
}

/** Durations over time, the newest at the right. For whoever points; the list below says the same in words and opens by key. */
export function RunChart({ runs, show }: RunChartProps) {
  const { bars, lines } = chartOf(runs)
  return (
    <figure class="chart">
      <div class="bars" role="img" aria-label={labelOf(runs)}>
        {lines.map(({ ms, percent }) => (
          <span key={ms} class="bars-line" style={{ bottom: `${percent}%` }}>
            <span class="bars-mark">{roundDuration(ms)}</span>
          </span>
        ))}
        {bars.map((bar) => (
          <BarSlot key={bar.run.runId} bar={bar} show={show} />
        ))}
      </div>
      <figcaption class="bars-days" aria-hidden="true">
        {bars.map(({ run, day: begins, between }) => (
          <span key={run.runId} class={between ? 'bars-day bars-day-between' : 'bars-day'}>
            {begins && day.format(begins)}
          </span>
        ))}
      </figcaption>
    </figure>
  )
}

function BarSlot({ bar: { run, percent }, show }: { readonly bar: Bar; readonly show: (run: Run) => void }) {
  const { status, durationMs, startedAt, failure, plan } = run
  const what = visible(failure?.migration ?? plan.at(-1) ?? '')
  const title = `${status} after ${duration(durationMs)}, ${moment.format(new Date(startedAt))}\n${what}`
  return (
    <span class="bar-slot" title={title} onClick={() => show(run)}>
      <span class={`bar bar-${status}`} style={{ height: `${percent}%` }} />
    </span>
  )
}

function labelOf(runs: readonly Run[]): string {
  const failed = runs.filter(({ status }) => status !== 'applied').length
  const longest = Math.max(...runs.map(({ durationMs }) => durationMs))
  return `${count(runs.length, 'run')}, ${failed === 0 ? 'none of them failed' : `${failed} without success`}; the longest took ${duration(longest)}.`
}
