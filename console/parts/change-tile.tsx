import type { Run } from '../door/shapes.js'
import { count, duration } from '../reading/words.js'
import { Icon } from './icon.js'
import { Moment } from './moment.js'
import { Name } from './name.js'
import { Who } from './who.js'

/** Who did the last change? A run that applied nothing changed nothing. */
export function ChangeTile({ runs }: { readonly runs: readonly Run[] | null }) {
  const last = runs?.find((run) => run.status !== 'running' && run.applied.length > 0)
  return (
    <section class="card tile is-idle" aria-labelledby="change">
      <h2 class="tile-title" id="change">
        Last change
      </h2>
      {last ? <Change run={last} /> : <None known={runs !== null} />}
    </section>
  )
}

function None({ known }: { readonly known: boolean }) {
  return (
    <>
      <p class="tile-word">
        <Icon name={known ? 'dash' : 'dots'} ring />
        {known ? 'None yet' : 'Asking…'}
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
      <p class="tile-sentence one-line">
        <Name text={newest} />
        {applied.length > 1 && <span class="after-name">and {applied.length - 1} more</span>}
      </p>
      <p class="tile-foot">
        {count(applied.length, 'migration')} of release <bdi>{release}</bdi> in {duration(durationMs)}, by{' '}
        <Who actor={actor} />
      </p>
    </>
  )
}
