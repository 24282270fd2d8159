import type { Run } from '../door/shapes.js'
import { barsOf } from '../reading/chart.js'
import { count, duration } from '../reading/words.js'

const day = new Intl.DateTimeFormat(undefined, { day: 'numeric', month: 'short' })

/** Durations over time, the newest at the right. The list below says the same in words. */
export function RunChart({ runs }: { readonly runs: readonly Run[] }) {
  const bars = barsOf(runs)
  const failed = runs.filter(({ status }) => status !== 'applied').length
  const longest = Math.max(...runs.map(({ durationMs }) => durationMs))
  const label = `${count(runs.length, 'run')}, ${failed === 0 ? 'none of them failed' : `${failed} without success`}; the longest took ${duration(longest)}.`
  const first = runs.at(-1)?.startedAt
  const last = runs[0]?.startedAt
  return (
    <figure class="chart">
      <div class="bars" role="img" aria-label={label}>
        {bars.map(({ runId, status, percent, begins }) => (
          <span key={runId} class={begins ? 'bar-slot begins' : 'bar-slot'}>
            <span class={`bar bar-${status}`} style={{ height: `${percent}%` }} />
          </span>
        ))}
      </div>
      <figcaption class="chart-foot" aria-hidden="true">
        <span>{first && day.format(new Date(first))}</span>
        <span>duration, on a logarithmic scale; the longest {duration(longest)}</span>
        <span>{last && day.format(new Date(last))}</span>
      </figcaption>
    </figure>
  )
}
