import { useEffect } from 'preact/hooks'
import { adviceOf } from '../reading/advice.js'
import { rowsOf } from '../reading/rows.js'
import { standingOf } from '../reading/standing.js'
import type { Seen } from '../watch/seen.js'
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
  const standing = standingOf(status, trouble)
  useEffect(() => {
    document.title = `${standing.word} · Sallyport`
  }, [standing.word])
  return (
    <>
      <Header link={link} release={status?.release ?? null} forget={forget} />
      <main class={link.state === 'lost' || trouble ? 'page page-stale' : 'page'}>
        <h1 class="unseen">Sallyport console</h1>
        <Announcer standing={standing} underWay={underWay} link={link} />
        <section class="tiles" aria-label="Now">
          <StandingTile standing={standing} status={status} />
          <RunTile underWay={underWay} known={status !== null} />
          <ChangeTile runs={runs} />
        </section>
        <div class="pair">
          <MigrationsCard {...rowsOf(seen)} underWay={underWay} known={runs !== null} />
          <AdviceCard advice={adviceOf(seen, url)} />
        </div>
        <History runs={runs} journal={status?.journal} check={check} />
        <Checklist check={check} recheck={recheck} />
      </main>
    </>
  )
}
