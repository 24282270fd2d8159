import type { DoorCheck, JournalHead, Reply } from '../door/shapes.js'
import { visible } from '../reading/visible.js'
import { shortDigest } from '../reading/words.js'
import { Icon } from './icon.js'

export interface JournalMarkProps {
  /** Undefined: the door tells of no journal; null: nothing is in it yet. */
  readonly journal: JournalHead | null | undefined
  readonly check: Reply<DoorCheck> | null
}

/** The head of the journal, and whether the checklist found it intact when it last looked. */
export function JournalMark({ journal, check }: JournalMarkProps) {
  if (!journal) return null
  const found = check?.ok ? check.body.items.find(({ id }) => id === 'journal_intact') : undefined
  const state = found?.unknown || !found ? 'not verified' : found.status === 'pass' ? 'intact' : 'not intact'
  const { seq, hash } = journal
  return (
    <span class={`journal journal-${state.replace(' ', '-')}`}>
      <Icon name={state === 'intact' ? 'check' : state === 'not intact' ? 'cross' : 'dash'} ring />
      Journal {state}, head{' '}
      <code title={`${seq}:${visible(hash)}`}>
        {seq}:{visible(shortDigest(hash))}
      </code>
    </span>
  )
}
