import type { DoorStatus } from '../door/shapes.js'
import type { Standing } from '../reading/standing.js'
import { Icon, type IconName } from './icon.js'
import { Name } from './name.js'

export interface StandingTileProps {
  readonly standing: Standing
  readonly status: DoorStatus | null
}

const icons: Readonly<Record<Standing['kind'], IconName>> = {
  current: 'check',
  drifted: 'warn',
  failing: 'cross',
  trouble: 'warn',
  stale: 'dots',
  behind: 'down',
  ahead: 'up',
  asking: 'ask',
  unknown: 'dots',
}

/** Is production where it should be? */
export function StandingTile({ standing, status }: StandingTileProps) {
  return (
    <section class={`card tile tile-standing is-${standing.kind}`} aria-labelledby="standing">
      <h2 class="tile-title" id="standing">
        Schema
      </h2>
      <p class="tile-word">
        <Icon name={icons[standing.kind]} ring />
        {standing.word}
      </p>
      <p class="tile-sentence">{standing.sentence}</p>
      <dl class="tile-facts">
        <dt>Head</dt>
        <dd>{status?.head ? <Name text={status.head} /> : status ? 'no migrations' : '…'}</dd>
        <dt>Applied</dt>
        <dd>{status ? amount(status) : '…'}</dd>
      </dl>
    </section>
  )
}

/** Of what this release ships; an older one ships less than there is. */
function amount({ applied, pending }: DoorStatus): string {
  return pending.length > 0 ? `${applied} of ${applied + pending.length}` : String(applied)
}
