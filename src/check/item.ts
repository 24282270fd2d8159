import { checkKinds, type CheckId } from './catalog.js'

export type CheckStatus = 'pass' | 'warn' | 'fail'

/** One line of the checklist. No member ever holds a secret. */
export interface CheckItem {
  readonly id: CheckId
  readonly title: string
  /** What could not be looked at is never `pass`: it is `warn`, and `unknown` is true. */
  readonly status: CheckStatus
  /** What was found. */
  readonly detail: string
  /** What to do now; null where there is nothing to do. */
  readonly remedy: string | null
  /** Only where it is true: something else has to be mended before this can be looked at. */
  readonly unknown?: true
}

/** What a rule found, before it is known which item it belongs to. */
export type Finding = Omit<CheckItem, 'id' | 'title'>

/** Every item has one; what they are told of, they only judge. */
export type Rule<Facts> = (facts: Facts) => Finding

/** It is as it should be. */
export function pass(detail: string): Finding {
  return { status: 'pass', detail, remedy: null }
}

/** Nobody is in danger now, but somebody should look. */
export function warn(detail: string, remedy: string): Finding {
  return { status: 'warn', detail, remedy }
}

/** It has to be mended; the command ends with 1. */
export function fail(detail: string, remedy: string): Finding {
  return { status: 'fail', detail, remedy }
}

/** It could not be looked at. */
export function unknown(why: string, remedy: string): Finding {
  return { status: 'warn', detail: `Not known: ${why}`, remedy, unknown: true }
}

/** The item of this id. */
export function itemOf(id: CheckId, finding: Finding): CheckItem {
  return Object.freeze({ id, title: checkKinds[id].title, ...finding })
}
