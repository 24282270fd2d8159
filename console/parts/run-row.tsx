import { useState } from 'preact/hooks'
import type { Run } from '../door/shapes.js'
import { count, duration } from '../reading/words.js'
import { Icon, type IconName } from './icon.js'
import { Moment } from './moment.js'
import { Name } from './name.js'
import { RunDetails } from './run-details.js'

const icons: Readonly<Record<Run['status'], IconName>> = {
  running: 'dots',
  applied: 'check',
  failed: 'cross',
  cancelled: 'stop',
  interrupted: 'warn',
}

/** A run in one line, that opens. */
export function RunRow({ run }: { readonly run: Run }) {
  const [open, setOpen] = useState(false)
  const { status, startedAt, durationMs, plan, applied } = run
  return (
    <li>
      <details class="run" onToggle={(event) => setOpen(event.currentTarget.open)}>
        <summary class="run-line">
          <svg class="chevron" viewBox="0 0 20 20" aria-hidden="true">
            <path d="M8 5 13 10 8 15" />
          </svg>
          <span class={`run-status run-${status}`}>
            <Icon name={icons[status]} ring />
            {status}
          </span>
          <span class="run-what one-line">
            <Name text={run.failure?.migration ?? plan.at(-1) ?? ''} />
          </span>
          <span class="run-count">{amount(applied.length, plan.length)}</span>
          <span class="run-duration">{duration(durationMs)}</span>
          <span class="run-when">
            <Moment at={startedAt} exact />
          </span>
        </summary>
        {open && <RunDetails run={run} />}
      </details>
    </li>
  )
}

function amount(applied: number, planned: number): string {
  return applied === planned ? count(planned, 'migration') : `${applied} of ${planned}`
}
