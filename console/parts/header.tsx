import { ago, elapsed } from '../reading/words.js'
import { visible } from '../reading/visible.js'
import type { Link } from '../watch/seen.js'
import { Mark } from './mark.js'
import { useNow } from './use-now.js'

export interface HeaderProps {
  readonly link: Link
  readonly release: string | null
  readonly forget: () => void
}

/** Whose page this is, whether it is live, and the way out. */
export function Header({ link, release, forget }: HeaderProps) {
  return (
    <header class="header">
      <div class="header-row">
        <span class="brand">
          <Mark />
          Sallyport
        </span>
        {release !== null && (
          <span class="release">
            release <bdi>{visible(release)}</bdi>
          </span>
        )}
        <LinkState link={link} />
        <button class="button" type="button" onClick={forget}>
          Forget token
        </button>
      </div>
    </header>
  )
}

function LinkState({ link: { state, heardAt, nextTryAt } }: { readonly link: Link }) {
  const now = useNow()
  const heard = heardAt === null ? 'never seen' : `last seen ${ago(now - heardAt)}`
  if (state === 'connecting') return <span class="link">Connecting…</span>
  if (state === 'live')
    return (
      <span class="link link-live">
        <span class="dot" aria-hidden="true" />
        Live
      </span>
    )
  const waitMs = Math.max(0, (nextTryAt ?? now) - now)
  const next = waitMs < 1_000 ? 'trying again now' : `next try in ${elapsed(waitMs)}`
  return (
    <span class="link link-lost">
      <span class="dot" aria-hidden="true" />
      Connection lost: {heard}, {next}
    </span>
  )
}
