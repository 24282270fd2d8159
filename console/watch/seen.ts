import type { DoorCheck, DoorPlan, DoorStatus, Problem, Reply, Run } from '../door/shapes.js'
import type { UnderWay } from './under-way.js'

/** Whether what is shown is what is there. Times are milliseconds of `performance.now()`. */
export interface Link {
  readonly state: 'connecting' | 'live' | 'lost'
  /** When the door was last heard; null: never. */
  readonly heardAt: number | null
  /** When it is asked again, once lost. */
  readonly nextTryAt: number | null
}

/** All that the page knows. */
export interface Seen {
  readonly link: Link
  readonly status: DoorStatus | null
  /** What stands in the way of a status though the door answers, such as a database that does not. */
  readonly trouble: Problem | null
  readonly runs: readonly Run[] | null
  readonly plan: Reply<DoorPlan> | null
  readonly check: Reply<DoorCheck> | null
  readonly underWay: UnderWay | null
  /** The token was refused, or the address: there is nothing more to see. */
  readonly refused: Problem | null
}

export const nothingSeen: Seen = Object.freeze<Seen>({
  link: { state: 'connecting', heardAt: null, nextTryAt: null },
  status: null,
  trouble: null,
  runs: null,
  plan: null,
  check: null,
  underWay: null,
  refused: null,
})
