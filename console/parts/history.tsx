import { useState } from 'preact/hooks'
import type { Run } from '../door/shapes.js'
import { count } from '../reading/words.js'
import { JournalMark, type JournalMarkProps } from './journal-mark.js'
import { RunChart } from './run-chart.js'
import { RunRow } from './run-row.js'

export interface HistoryProps extends JournalMarkProps {
  readonly runs: readonly Run[] | null
}

/** Rows that are shown at first; the door lists the newest fifty. */
const shownAtFirst = 10
const listed = 50
/** Fewer bars are no picture. */
const worthDrawing = 3

/** The runs that have ended: the one under way is told above. */
export function History({ runs, ...mark }: HistoryProps) {
  const [all, setAll] = useState(false)
  const ended = runs?.filter(({ status }) => status !== 'running') ?? []
  const rows = all ? ended : ended.slice(0, shownAtFirst)
  return (
    <section class="card" aria-labelledby="history">
      <div class="card-head">
        <h2 class="card-title" id="history">
          History
        </h2>
        <span class="card-note">{noteOf(ended.length, runs)}</span>
        <JournalMark {...mark} />
      </div>
      {ended.length >= worthDrawing && <RunChart runs={ended} />}
      <ol class="runs">
        {rows.map((run) => (
          <RunRow key={run.runId} run={run} />
        ))}
      </ol>
      {ended.length === 0 && (
        <p class="empty">
          {runs ? 'No run has been recorded yet. The first one shows here when it ends.' : 'Asking…'}
        </p>
      )}
      {ended.length > rows.length && (
        <button class="button" type="button" onClick={() => setAll(true)}>
          Show all {ended.length}
        </button>
      )}
    </section>
  )
}

function noteOf(ended: number, runs: readonly Run[] | null): string {
  if (ended === 0) return ''
  return (runs?.length ?? 0) >= listed ? `the newest ${ended} runs` : count(ended, 'run')
}
