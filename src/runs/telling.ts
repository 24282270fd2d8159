import type { RunEvent, RunView } from './engine.js'

/** How much of a run somebody has been told already: of how many migrations the beginning, of how many the end. */
export interface Told {
  readonly started: number
  readonly applied: number
}

/** Milliseconds between two events that tell of a wait, however often the record is read. */
const waitingMs = 1_000

type Seen = Pick<RunView, 'runId' | 'plan' | 'applied' | 'current' | 'waiting'>

/**
 * Tells a run that another process carries out, from its record: each call emits what is new in this look, in the order
 * in which that process told it. A record grows once a second, so a step may be told when it is over.
 */
export function createTeller(
  emit: (event: RunEvent) => void,
  from: Told = { started: 0, applied: 0 },
): (seen: Seen) => void {
  let { started, applied } = from
  let last = ''
  let waitingToldAt = -Infinity
  const start = ({ runId, plan }: Seen, upTo: number): void => {
    for (const name of plan.slice(started, upTo)) {
      started += 1
      emit({ type: 'migration', runId, name, state: 'started', index: started, of: plan.length })
    }
  }
  return (seen) => {
    const { runId, plan, current, waiting } = seen
    for (const { name, durationMs } of seen.applied.slice(applied)) {
      start(seen, applied + 1)
      applied += 1
      emit({ type: 'migration', runId, name, state: 'applied', index: applied, of: plan.length, durationMs })
    }
    start(seen, current?.index ?? 0)
    const now = JSON.stringify([current?.name, current?.phase, current?.percent])
    if (current?.phase !== undefined && now !== last) {
      emit({ type: 'migration', runId, state: 'started', ...current })
    }
    last = now
    if (waiting && performance.now() - waitingToldAt >= waitingMs) {
      waitingToldAt = performance.now()
      emit({ type: 'waiting', runId, ...waiting })
    }
  }
}
