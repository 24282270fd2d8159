import { useEffect, useState } from 'preact/hooks'
import type { Standing } from '../reading/standing.js'
import { visible } from '../reading/visible.js'
import type { Link } from '../watch/seen.js'
import type { UnderWay } from '../watch/under-way.js'

export interface AnnouncerProps {
  readonly standing: Standing
  readonly underWay: UnderWay | null
  readonly link: Link
}

/** Says to a screen reader what others see change: one sentence a state, nothing that counts seconds. */
export function Announcer({ standing, underWay, link }: AnnouncerProps) {
  return (
    <p class="unseen" role="status">
      {useSettled(sentence(standing, underWay, link))}
    </p>
  )
}

/** What passes within a second is not said: many short migrations would talk without an end. */
function useSettled(text: string): string {
  const [settled, settle] = useState('')
  useEffect(() => {
    const timer = setTimeout(() => settle(text), 1_000)
    return () => clearTimeout(timer)
  }, [text])
  return settled
}

function sentence(standing: Standing, underWay: UnderWay | null, link: Link): string {
  if (link.state === 'lost') return 'Connection lost.'
  if (!underWay) return `${standing.word}. ${standing.sentence}`
  const { current, waiting, plan } = underWay.run
  const at = current ? `Migration ${current.index} of ${plan.length}: ${visible(current.name)}.` : ''
  return `A run is under way. ${at}${waiting ? ' It waits for a lock.' : ''}`
}
