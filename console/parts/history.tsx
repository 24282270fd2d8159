import { useEffect, useState } from 'preact/hooks'
import type { Run } from '../door/shapes.js'
import { count } from '../reading/words.js'
import { JournalMark, type JournalMarkProps } from './journal-mark.js'
import { RunChart } from './run-chart.js'
import { RunRow } from './run-row.js'

export interface HistoryProps extends JournalMarkProps {
  readonly runs: readonly Run[] | null
  /** What stands in place of what is not known. */
  readonly notYet: string
}

/** Rows that are shown at first; the door lists the newest fifty. */
const shownAtFirst = 10
const listed = 50
const none = 'No run has been recorded yet. The first one shows here when it ends.'
/** Fewer bars are no picture. */
const worthDrawing = 3

/** The runs that have ended: the one under way is told above. */
export function History({ runs, notYet, ...mark }: HistoryProps) {
  const [all, setAll] = useState(false)
  const [chosen, choose] = useState<string | null>(null)
  const ended = runs?.filter(({ status }) => status !== 'running') ?? []
  const rows = all ? ended : ended.slice(0, shownAtFirst)
  useEffect(() => {
    if (chosen !== null) openRow(chosen)
    choose(null)
  }, [chosen])
  const show = ({ runId }: Run): void => {
    if (!rows.some((row) => row.runId === runId)) setAll(true)
    choose(runId)
  }
  return (
    <section class="card" aria-labelledby="history">
      <div class="card-head">
        <h2 class="card-title" id="history">
          History
        </h2>
        <span class="card-note">{noteOf(ended, runs)}</span>
        <JournalMark {...mark} />
      </div>
      {ended.length >= worthDrawing && <RunChart runs={ended} show={show} />}
      <ol class="runs">
        {rows.map((run) => (
          <RunRow key={run.runId} run={run} />
        ))}
      </ol>
      {ended.length === 0 && <p class="empty">{runs ? none : notYet}</p>}
      {ended.length > rows.length && (
        <button class="button" type="button" onClick={() => setAll(true)}>
          Show all {ended.length}
        </button>
      )}
    </section>
  )
}

function openRow(runId: string): void {
  const row = document.getElementById(`run-${runId}`)
  if (!(row instanceof HTMLDetailsElement)) return
  row.open = true
  row.querySelector('summary')?.focus()
}

function noteOf(ended: readonly Run[], runs: readonly Run[] | null): string {
  if (ended.length === 0) return ''
  const many = (runs?.length ?? 0) >= listed ? `the newest ${ended.length} runs` : count(ended.length, 'run')
  const failed = ended.filter(({ status }) => status !== 'applied').length
  return failed === 0 ? many : `${many}, ${failed} without success`
}
