import type { Run } from '../door/shapes.js'
import { visible } from '../reading/visible.js'
import { duration } from '../reading/words.js'
import { Icon } from './icon.js'
import { Moment } from './moment.js'
import { Name } from './name.js'
import { Who } from './who.js'

export interface ChangeTileProps {
  readonly runs: readonly Run[] | null
  /** What stands in place of what is not known. */
  readonly notYet: string
}

/** Who did the last change? A run that applied nothing changed nothing. */
export function ChangeTile({ runs, notYet }: ChangeTileProps) {
  const last = runs?.find((run) => run.status !== 'running' && run.applied.length > 0)
  return (
    <section class={`card tile ${last ? '' : 'is-idle'}`} aria-labelledby="change">
      <h2 class="tile-title" id="change">
        Last change
      </h2>
      {last ? <Change run={last} /> : <None known={runs !== null} notYet={notYet} />}
    </section>
  )
}

function None({ known, notYet }: { readonly known: boolean; readonly notYet: string }) {
  return (
    <>
      <p class="tile-word">
        <Icon name={known ? 'dash' : 'dots'} ring />
        {known ? 'None yet' : notYet}
      </p>
      <p class="tile-sentence">{known && 'No run of Sallyport has applied anything to this database.'}</p>
    </>
  )
}

function Change({ run }: { readonly run: Run }) {
  const { applied, endedAt, startedAt, durationMs, actor, release } = run
  const newest = applied.at(-1)?.name ?? ''
  return (
    <>
      <p class="tile-word">
        <Icon name="clock" ring />
        <span class="sentence-case">
          <Moment at={endedAt ?? startedAt} />
        </span>
      </p>
      <p class="tile-sentence sentence-case">
        by <Who actor={actor} />
      </p>
      <div class="tile-foot">
        <Name text={newest} more={applied.length - 1} />
        <p>
          release <bdi>{visible(release)}</bdi> in {duration(durationMs)}
        </p>
      </div>
    </>
  )
}
