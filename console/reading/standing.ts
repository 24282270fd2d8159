import type { Problem, DoorStatus } from '../door/shapes.js'
import { count } from './words.js'

/** The one clear state. */
export interface Standing {
  readonly kind: 'current' | 'behind' | 'ahead' | 'asking' | 'unknown'
  /** Two or three words. */
  readonly word: string
  /** One sentence. */
  readonly sentence: string
}

/** Where the database stands against this release. `trouble`: why the door cannot say. */
export function standingOf(status: DoorStatus | null, trouble: Problem | null): Standing {
  if (trouble) return { kind: 'unknown', word: trouble.title, sentence: trouble.detail }
  if (!status) return { kind: 'unknown', word: 'Asking…', sentence: 'The door has not answered yet.' }
  const { pending, ahead, unresolved } = status
  if (unresolved.length > 0)
    return {
      kind: 'asking',
      word: 'Waiting for an answer',
      sentence: `${count(unresolved.length, 'migration')} was interrupted half-way; somebody has to say how it stands.`,
    }
  if (pending.length > 0)
    return {
      kind: 'behind',
      word: `Behind by ${pending.length}`,
      sentence: `This release ships ${count(pending.length, 'migration')} that ${pending.length === 1 ? 'is' : 'are'} not applied.`,
    }
  if (ahead.length > 0)
    return {
      kind: 'ahead',
      word: `Ahead by ${ahead.length}`,
      sentence: `A newer release applied ${count(ahead.length, 'migration')} that this one does not ship. All that it ships is applied.`,
    }
  return {
    kind: 'current',
    word: 'Up to date',
    sentence: 'Every migration that this release ships is applied.',
  }
}
