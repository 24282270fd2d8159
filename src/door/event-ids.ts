import type { RunEvent } from '../runs/engine.js'
import type { Told } from '../runs/telling.js'

/** Names each step of a run by how much has been told with it, which any replica understands. */
export interface EventIds {
  /** Undefined for what is no step: a wait, a phase. A reader's last id then stays as it is. */
  of(event: RunEvent): string | undefined
}

/** The id of a run's `done`. */
export function doneId(runId: string): string {
  return `${runId}:done`
}

/**
 * An id says how much of its run has been told: `{run}:{begun}:{ended}`. So a reader whose connection broke goes on with
 * `Last-Event-ID` where it was, on any replica (HTML Standard §9.2).
 */
export function createEventIds({ started, applied }: Told = { started: 0, applied: 0 }): EventIds {
  const told = { started, applied }
  return {
    of: (event) => {
      if (event.type === 'run') Object.assign(told, { started: 0, applied: 0 })
      else if (event.type === 'waiting' || !isStep(event)) return undefined
      else if (event.state === 'started') told.started = Math.max(told.started, event.index)
      else told.applied = event.index
      return `${event.runId}:${told.started}:${told.applied}`
    },
  }
}

function isStep(event: Extract<RunEvent, { type: 'migration' }>): boolean {
  return event.phase === undefined && (event.state === 'started' || event.state === 'applied')
}

/** What a reader of this run has been told by its own word; undefined, and all is told, for what is no id of this run. */
export function resumedFrom(
  lastEventId: string | string[] | undefined,
  run: { readonly runId: string; readonly plan: readonly string[] },
): Told | 'done' | undefined {
  if (lastEventId === doneId(run.runId)) return 'done'
  const [, runId, ...counts] = /^([0-9a-f-]{36}):(\d{1,6}):(\d{1,6})$/.exec(String(lastEventId)) ?? []
  const [started = 0, applied = 0] = counts.map(Number)
  const possible = applied <= started && started <= run.plan.length
  return runId === run.runId && possible ? { started, applied } : undefined
}
