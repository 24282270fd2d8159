import type { Row, Rows } from '../reading/rows.js'
import type { UnderWay } from '../watch/under-way.js'
import { MigrationRow } from './migration-row.js'

export interface MigrationsCardProps extends Rows {
  readonly underWay: UnderWay | null
  readonly known: boolean
  /** What stands in place of what is not known. */
  readonly notYet: string
}

/** The migrations that matter now. Its size is fixed and it scrolls, so that nothing moves while a run goes on. */
export function MigrationsCard({ title, rows, underWay, known, notYet }: MigrationsCardProps) {
  return (
    <section class="card panel" aria-labelledby="migrations">
      <h2 class="card-title" id="migrations">
        {title}
      </h2>
      <div class="panel-body" tabIndex={0} role="group" aria-label="The list, which scrolls">
        {rows.length === 0 ? (
          <p class="empty">{known ? 'Nothing is pending, and no run has been recorded yet.' : notYet}</p>
        ) : (
          <ol class="rows">
            {rows.map((row: Row) => (
              <MigrationRow key={row.name} row={row} since={sinceOf(row, underWay)} />
            ))}
          </ol>
        )}
      </div>
    </section>
  )
}

/** A wait goes on over several tries, each of which begins the migration anew. */
function sinceOf({ state }: Row, underWay: UnderWay | null): number | null {
  return (state === 'waiting' ? underWay?.waitingSince : underWay?.currentSince) ?? null
}
