import type { DoorStatus, Run } from '../door/shapes.js'
import type { Seen } from '../watch/seen.js'
import { endings, lastRunOf } from './last-run.js'
import { count } from './words.js'

/** The one clear state. */
export interface Standing {
  /** `current`, `ahead` and `behind` as they are; `failing`, `asking` and `trouble` need somebody; `stale` and `unknown` are not seen. */
  readonly kind:
    'current' | 'behind' | 'ahead' | 'drifted' | 'failing' | 'asking' | 'trouble' | 'stale' | 'unknown'
  /** Two or three words. */
  readonly word: string
  /** One sentence, or two. */
  readonly sentence: string
}

/** Where the database stands against this release. */
export function standingOf(seen: Seen): Standing {
  const { status, trouble, link } = seen
  const lost = link.state === 'lost'
  if (trouble)
    return {
      kind: lost ? 'stale' : 'trouble',
      word: trouble.title,
      sentence: lost ? lastHeard : 'The door answers, but cannot tell how the schema stands.',
    }
  if (!status)
    return lost
      ? { kind: 'unknown', word: 'Not known', sentence: 'The door does not answer.' }
      : { kind: 'unknown', word: 'Asking…', sentence: 'The door has not answered yet.' }
  const standing = withDrift(seenStanding(status, seen), status)
  return lost ? { ...standing, kind: 'stale', sentence: lastHeard } : standing
}

const lastHeard = 'So it was when the door was last heard; the connection is lost.'

function seenStanding(status: DoorStatus, seen: Seen): Standing {
  const { pending, ahead, unresolved } = status
  if (unresolved.length > 0)
    return {
      kind: 'asking',
      word: 'Waiting for an answer',
      sentence: `${count(unresolved.length, 'migration')} ended half-way; somebody has to say how it stands.`,
    }
  if (pending.length > 0)
    return behind(pending.length, seen.underWay ? undefined : lastRunOf(seen.runs, pending))
  if (ahead.length > 0)
    return {
      kind: 'ahead',
      word: `Ahead by ${ahead.length}`,
      sentence: `A newer release applied ${count(ahead.length, 'migration')} that this one does not ship. All that it ships is applied.`,
    }
  const none = status.head === null
  return {
    kind: 'current',
    word: 'Up to date',
    sentence: none
      ? 'This release ships no migrations.'
      : 'Every migration that this release ships is applied.',
  }
}

/** `last`: the run that did not get done what is pending; undefined where there was none, or one goes on. */
function behind(pending: number, last: Run | undefined): Standing {
  const failing = last !== undefined && last.status !== 'cancelled'
  return {
    kind: failing ? 'failing' : 'behind',
    word: `Behind by ${pending}`,
    sentence: `This release ships ${count(pending, 'migration')} that ${pending === 1 ? 'is' : 'are'} not applied.${
      last ? ` The last run ${endings[last.status]}.` : ''
    }`,
  }
}

function withDrift(standing: Standing, { drift }: DoorStatus): Standing {
  if (drift.length === 0 || standing.kind === 'asking') return standing
  const calm = standing.kind === 'current' || standing.kind === 'ahead'
  const found = `${calm ? 'But files' : 'Files'} and database have drifted apart.`
  return { ...standing, kind: calm ? 'drifted' : standing.kind, sentence: `${standing.sentence} ${found}` }
}
