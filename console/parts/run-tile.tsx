import { positionOf } from '../reading/rows.js'
import { elapsed } from '../reading/words.js'
import type { UnderWay } from '../watch/under-way.js'
import { Icon } from './icon.js'
import { Name } from './name.js'
import { useNow } from './use-now.js'
import { Who } from './who.js'

export interface RunTileProps {
  readonly underWay: UnderWay | null
  readonly known: boolean
  /** What stands in place of what is not known. */
  readonly notYet: string
}

/** What is running? */
export function RunTile({ underWay, known, notYet }: RunTileProps) {
  return (
    <section class={`card tile is-${toneOf(underWay)}`} aria-labelledby="running">
      <h2 class="tile-title" id="running">
        Running
      </h2>
      {underWay ? <Running underWay={underWay} /> : <Idle known={known} notYet={notYet} />}
    </section>
  )
}

function toneOf(underWay: UnderWay | null): string {
  if (!underWay) return 'idle'
  return underWay.run.waiting ? 'waiting' : 'running'
}

function Idle({ known, notYet }: Omit<RunTileProps, 'underWay'>) {
  return (
    <>
      <p class="tile-word">
        <Icon name={known ? 'dash' : 'dots'} ring />
        {known ? 'Nothing' : notYet}
      </p>
      <p class="tile-sentence">{known && 'A run shows here as it begins, on whichever replica.'}</p>
    </>
  )
}

function Running({ underWay }: { readonly underWay: UnderWay }) {
  const now = useNow(500)
  const { run, since } = underWay
  const { applied, plan, current, waiting, actor } = run
  return (
    <>
      <p class="tile-word">
        <Icon name={waiting ? 'stop' : 'dots'} ring />
        {positionOf(run)} of {plan.length}
        <span class="tile-beside">{elapsed(now - since)}</span>
      </p>
      <p class="tile-sentence one-line">
        {waiting ? 'Waits for a lock: ' : ''}
        {current ? (
          <Name text={current.name} />
        ) : underWay.retrying ? (
          'between two tries'
        ) : (
          'between two migrations'
        )}
      </p>
      <div
        class="meter"
        role="progressbar"
        aria-label="Migrations applied by this run"
        aria-valuemin={0}
        aria-valuemax={plan.length}
        aria-valuenow={applied.length}
      >
        <div class="meter-fill" style={{ width: `${(100 * applied.length) / Math.max(1, plan.length)}%` }} />
      </div>
      <p class="tile-foot">
        Started by <Who actor={actor} />
      </p>
    </>
  )
}
