import { useEffect } from 'preact/hooks'
import { adviceOf } from '../reading/advice.js'
import { positionOf, rowsOf } from '../reading/rows.js'
import { standingOf } from '../reading/standing.js'
import type { Seen } from '../watch/seen.js'
import type { UnderWay } from '../watch/under-way.js'
import { AdviceCard } from './advice-card.js'
import { Announcer } from './announcer.js'
import { ChangeTile } from './change-tile.js'
import { Checklist } from './checklist.js'
import { Header } from './header.js'
import { History } from './history.js'
import { MigrationsCard } from './migrations-card.js'
import { RunTile } from './run-tile.js'
import { StandingTile } from './standing-tile.js'

export interface OverviewProps {
  readonly seen: Seen
  /** The door's address. */
  readonly url: string
  readonly forget: () => void
  readonly recheck: () => void
}

/** The whole page: now, then what to do, then what was. */
export function Overview({ seen, url, forget, recheck }: OverviewProps) {
  const { status, trouble, underWay, runs, check, link } = seen
  const standing = standingOf(seen)
  const notYet = trouble ? 'Not known' : 'Asking…'
  const title = link.state === 'lost' ? 'Connection lost' : underWay ? runningWord(underWay) : standing.word
  useEffect(() => {
    document.title = `${title} · Sallyport`
  }, [title])
  return (
    <>
      <Header link={link} release={status?.release ?? null} forget={forget} />
      <main class={link.state === 'lost' || trouble ? 'page page-stale' : 'page'}>
        <h1 class="unseen">Sallyport console</h1>
        <Announcer standing={standing} underWay={underWay} link={link} />
        <section class="tiles" aria-label="Now">
          <StandingTile standing={standing} status={status} />
          <RunTile underWay={underWay} known={status !== null && !trouble} notYet={notYet} />
          <ChangeTile runs={runs} notYet={notYet} />
        </section>
        <div class="pair">
          <MigrationsCard {...rowsOf(seen)} underWay={underWay} known={runs !== null} notYet={notYet} />
          <AdviceCard advice={adviceOf(seen, url)} notYet={notYet} />
        </div>
        <History runs={runs} notYet={notYet} journal={status?.journal} check={check} />
        <Checklist check={check} recheck={recheck} />
      </main>
    </>
  )
}

function runningWord({ run }: UnderWay): string {
  return `${run.waiting ? 'Waiting' : 'Running'}, ${positionOf(run)} of ${run.plan.length}`
}
