import type { Current, DoorEvent, Run, Waiting } from '../door/shapes.js'

/** A run under way as the page shows it: as it was told, and when, by this machine's own clock. */
export interface UnderWay {
  readonly run: Run
  /** What was rolled back because a lock was not to be had in time, and is tried again. */
  readonly retrying: boolean
  /** When the run, and the migration under way, were begun, and when the wait was; milliseconds of `performance.now()`. */
  readonly since: number
  readonly currentSince: number | null
  readonly waitingSince: number | null
}

/** As a status tells it. `now`: milliseconds of `performance.now()`. */
export function underWay(run: Run, now: number): UnderWay {
  const elapsedMs = run.current?.elapsedMs
  return {
    run,
    retrying: false,
    since: now - run.durationMs,
    currentSince: elapsedMs === undefined ? null : now - elapsedMs,
    waitingSince: run.waiting ? now - run.waiting.elapsedMs : null,
  }
}

/** The same with what a status tells beside its steps. */
export function withStanding(
  seen: UnderWay,
  { waiting = null, cancellation = null, current }: Run,
  now: number,
): UnderWay {
  const waitingSince = waiting && (seen.waitingSince ?? now - waiting.elapsedMs)
  // A stream opened half-way tells of the beginning as if it were now.
  const known = current?.name === seen.run.current?.name ? current?.elapsedMs : undefined
  const currentSince = known === undefined ? seen.currentSince : now - known
  return { ...seen, currentSince, waitingSince, run: { ...seen.run, waiting, cancellation } }
}

/** The same after an event. A stream tells a run from its beginning, so `run` starts anew. */
export function afterEvent(seen: UnderWay, event: DoorEvent, now: number): UnderWay {
  switch (event.type) {
    case 'run':
      return { ...seen, run: { ...seen.run, plan: event.pending, applied: [] } }
    case 'waiting':
      return withWaiting(seen, { elapsedMs: event.elapsedMs, blockers: event.blockers ?? [] }, now)
    case 'migration':
      return afterStep(seen, event, now)
    case 'done':
      return seen
  }
}

type Step = Extract<DoorEvent, { type: 'migration' }> & { readonly elapsedMs?: number }

function afterStep(seen: UnderWay, step: Step, now: number): UnderWay {
  const { run } = seen
  const { name, index, of, durationMs = 0 } = step
  const state: string = step.state
  if (state === 'applied') {
    const applied = [...run.applied.filter((one) => one.name !== name), { name, durationMs }]
    return atRest({ ...seen, run: { ...run, applied } })
  }
  if (state === 'retrying') return { ...seen, retrying: true }
  if (state === 'failed') return atRest(seen)
  const current: Current = { name, index, of, ...known(step) }
  const begunNow = run.current?.name === name ? (seen.currentSince ?? now) : now
  const currentSince = step.elapsedMs === undefined ? begunNow : now - step.elapsedMs
  const goesOn = seen.retrying || run.current?.name === name
  const next = { ...seen, retrying: false, currentSince, run: { ...run, current } }
  return goesOn ? next : { ...next, waitingSince: null, run: { ...next.run, waiting: null } }
}

function known({ phase, percent, elapsedMs }: Step): Partial<Current> {
  return {
    ...(phase !== undefined && { phase }),
    ...(percent !== undefined && { percent }),
    ...(elapsedMs !== undefined && { elapsedMs }),
  }
}

function withWaiting(seen: UnderWay, waiting: Waiting, now: number): UnderWay {
  return { ...seen, waitingSince: now - waiting.elapsedMs, run: { ...seen.run, waiting } }
}

function atRest(seen: UnderWay): UnderWay {
  const run = { ...seen.run, current: null, waiting: null }
  return { ...seen, retrying: false, currentSince: null, waitingSince: null, run }
}
