import { useState } from 'preact/hooks'
import type { Run } from '../door/shapes.js'
import { duration } from '../reading/words.js'
import { Icon, type IconName } from './icon.js'
import { Moment } from './moment.js'
import { Name } from './name.js'
import { RunDetails } from './run-details.js'
import { ShortWho } from './who.js'

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
  const { runId, status, startedAt, durationMs, plan, failure } = run
  return (
    <li>
      <details id={`run-${runId}`} class="run" onToggle={(event) => setOpen(event.currentTarget.open)}>
        <summary class="run-line">
          <svg class="chevron" viewBox="0 0 20 20" aria-hidden="true">
            <path d="M8 5 13 10 8 15" />
          </svg>
          <span class={`run-status run-${status}`}>
            <Icon name={icons[status]} ring />
            {status}
          </span>
          <span class="run-what">
            <Name text={failure?.migration ?? plan.at(-1) ?? ''} more={plan.length - 1} />
          </span>
          <span class="run-who one-line">
            <ShortWho actor={run.actor} />
          </span>
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
