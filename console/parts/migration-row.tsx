import { useEffect, useRef } from 'preact/hooks'
import type { Row } from '../reading/rows.js'
import { visible } from '../reading/visible.js'
import { duration, elapsed, shortDigest } from '../reading/words.js'
import { Icon, type IconName } from './icon.js'
import { Name } from './name.js'
import { useNow } from './use-now.js'

const icons: Readonly<Record<Row['state'], IconName>> = {
  pending: 'dots',
  executed: 'dots',
  'under-way': 'dots',
  waiting: 'stop',
  retrying: 'undo',
  applied: 'check',
  failed: 'cross',
  'rolled-back': 'undo',
  'not-reached': 'dash',
  'not-applied': 'dash',
}

const words: Readonly<Record<Row['state'], string>> = {
  pending: 'pending',
  executed: 'executed; it is committed together with the next',
  'under-way': 'under way',
  waiting: 'waits for a lock',
  retrying: 'rolled back to let others pass; it is tried again',
  applied: 'applied',
  failed: 'failed',
  'rolled-back': 'rolled back',
  'not-reached': 'not reached',
  'not-applied': 'not applied',
}

/** One migration; two lines, always. `since`: when the one under way was begun. */
export function MigrationRow({ row, since }: { readonly row: Row; readonly since: number | null }) {
  const item = useRef<HTMLLIElement>(null)
  const underWay = row.state === 'under-way' || row.state === 'waiting'
  useEffect(() => {
    if (underWay) scrollWithin(item.current)
  }, [underWay])
  return (
    <li ref={item} class={`row row-${row.state}`}>
      <Icon name={icons[row.state]} ring />
      <div class="row-text">
        <div class="one-line">
          <Name text={row.name} />
        </div>
        <div class="row-detail one-line">
          {underWay ? <Progress row={row} since={since} /> : <Detail row={row} />}
        </div>
      </div>
    </li>
  )
}

/** Only the list scrolls, never the page. */
function scrollWithin(item: HTMLLIElement | null): void {
  const box = item?.closest('.panel-body')
  if (item && box) box.scrollTop = item.offsetTop - box.clientHeight / 2
}

function Detail({ row: { state, durationMs, rolledBack, planned } }: { readonly row: Row }) {
  if (state === 'applied') return <>applied{durationMs === undefined ? '' : ` in ${duration(durationMs)}`}</>
  if (rolledBack) return <>{words[state]}, and was rolled back</>
  if (!planned) return <>{words[state]}</>
  return (
    <>
      {planned.transaction ? 'in a transaction' : 'outside a transaction'}
      <span class="digest" title={planned.checksum}>
        sha256 {shortDigest(planned.checksum)}
      </span>
    </>
  )
}

function Progress({ row: { state, current }, since }: { readonly row: Row; readonly since: number | null }) {
  const now = useNow(500)
  const time = since === null ? '' : `, ${elapsed(now - since)}`
  if (current?.phase === undefined)
    return (
      <>
        {words[state]}
        {time}
      </>
    )
  const { phase, percent } = current
  return (
    <span class="building">
      <span class="meter meter-small" aria-hidden="true">
        <span class="meter-fill" style={{ width: `${percent ?? 0}%` }} />
      </span>
      <span class="percent">{percent === undefined ? '' : `${percent} %`}</span>
      <span class="one-line">
        {visible(phase)}
        {time}
      </span>
    </span>
  )
}
