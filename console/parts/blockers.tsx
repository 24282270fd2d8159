import type { Blocker } from '../door/shapes.js'
import { visible } from '../reading/visible.js'
import { Moment } from './moment.js'

/** The sessions in the way: as much as the role may see of them. */
export function Blockers({ blockers }: { readonly blockers: readonly Blocker[] }) {
  return (
    <ul class="blockers">
      {blockers.map((blocker) => (
        <li key={blocker.pid} class="blocker">
          <dl class="facts">
            <dt>Process</dt>
            <dd>{blocker.pid === 0 ? 'a prepared transaction' : `pid ${blocker.pid}`}</dd>
            <dt>User</dt>
            <dd>{shown(blocker.user)}</dd>
            <dt>Application</dt>
            <dd>{shown(blocker.application)}</dd>
            <dt>State</dt>
            <dd>{shown(blocker.state)}</dd>
            <dt>Since</dt>
            <dd>{blocker.since === null ? 'unknown' : <Moment at={blocker.since} />}</dd>
            <dt class="row-start">Statement</dt>
            <dd>
              <code class="statement">{visible(blocker.query)}</code>
            </dd>
          </dl>
        </li>
      ))}
    </ul>
  )
}

function shown(text: string | null) {
  return text === null ? 'unknown' : <bdi>{visible(text)}</bdi>
}
