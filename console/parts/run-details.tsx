import type { Run } from '../door/shapes.js'
import { endedRows } from '../reading/rows.js'
import { visible } from '../reading/visible.js'
import { Blockers } from './blockers.js'
import { MigrationRow } from './migration-row.js'
import { Prose } from './prose.js'
import { Who } from './who.js'

/** All that the record holds of a run. */
export function RunDetails({ run }: { readonly run: Run }) {
  const { actor, failure } = run
  return (
    <div class="run-details">
      {failure && <Failure failure={failure} calm={run.status === 'cancelled'} />}
      <ol class="rows">
        {endedRows(run).map((row) => (
          <MigrationRow key={row.name} row={row} since={null} />
        ))}
      </ol>
      <dl class="facts">
        <dt>Asked by</dt>
        <dd>
          <Who actor={actor} />
        </dd>
        <Fact term="Request id" text={actor.requestId} />
        <Fact term="User agent" text={actor.userAgent} />
        <Fact term="Release" text={run.release} />
        <Fact term="Batch" text={run.batch === null ? undefined : String(run.batch)} />
        <Fact term="Run id" text={run.runId} />
        <Fact term="Started" text={run.startedAt} />
        <Fact term="Ended" text={run.endedAt ?? undefined} />
      </dl>
    </div>
  )
}

function Fact({ term, text }: { readonly term: string; readonly text: string | undefined }) {
  if (text === undefined) return null
  return (
    <>
      <dt>{term}</dt>
      <dd>
        <bdi>{visible(text)}</bdi>
      </dd>
    </>
  )
}

interface FailureProps {
  readonly failure: NonNullable<Run['failure']>
  /** It was meant to end so. */
  readonly calm: boolean
}

function Failure({ failure, calm }: FailureProps) {
  const { code, detail, sqlState, message, blockers = [] } = failure
  return (
    <div class={calm ? 'failure failure-meant' : 'failure'}>
      <p class="failure-code">
        <code>{code}</code>
        {sqlState !== undefined && <code>SQLSTATE {visible(sqlState)}</code>}
      </p>
      {message !== undefined && <p class="failure-message">{visible(message)}</p>}
      <p>
        <Prose text={detail} />
      </p>
      {blockers.length > 0 && <Blockers blockers={blockers} />}
    </div>
  )
}
