import type { RunRecord } from '../postgres/run-records.js'
import type { AttemptContext } from './attempt.js'
import type { MigrateOptions, RunEvent, RunObserver } from './engine.js'
import { failedFrom, RunFailure } from './failures.js'
import { mayJoin } from './joining.js'
import type { LiveRun } from './live-run.js'
import type { RunEnded } from './run-ended.js'
import type { Completed, Failed, Running } from './outcome.js'

/** An attempt under way in this process: what its caller, and those who join it here, hold on to. */
export interface Ticket {
  readonly result: Promise<Completed | Failed>
  /** Asked for without `resolve` and `acceptDrift`. */
  readonly plain: boolean
  /** Until the end, or until the wait is over; the run goes on all the same. Rejects where it has not begun by then. */
  wait(how: MigrateOptions, joining: boolean): Promise<Completed | Failed | Running>
  /** Ends a run of this process; one that was joined is not ours to end. */
  end(reason: RunEnded): void
}

/** The run of an attempt, own or joined, once its record is committed. */
interface Started {
  readonly run: LiveRun | RunRecord
  readonly joined: boolean
}

export interface TicketContext extends Omit<AttemptContext, 'emit' | 'onOwn' | 'onJoined' | 'onRecovered'> {
  readonly observers: readonly RunObserver[]
}

/** After the wait, what it takes at most to know the run that goes on. Milliseconds. */
const startLimitMs = 8_000

/** Starts the attempt. */
export function openTicket(context: TicketContext): Ticket {
  const startedAt = performance.now()
  const broadcast = createBroadcast()
  let start: (started: Started) => void = () => undefined
  const started = new Promise<Started>((resolve) => {
    start = resolve
  })
  const own = createOwnRun(context)
  const result = attempt({
    ...context,
    emit: broadcast.emit,
    onOwn: (run) => {
      own.begun(run)
      start({ run, joined: false })
    },
    onJoined: (run) => {
      start({ run, joined: true })
    },
    onRecovered: ({ id: runId, status, durationMs }) => {
      for (const { recovered } of context.observers) recovered?.({ runId, status, durationMs })
    },
  })
  void result.then(own.over)
  return Object.freeze({
    result,
    plain: mayJoin(context.order),
    wait: async ({ waitMs, onEvent }: MigrateOptions, joining: boolean) => {
      const leave = onEvent ? broadcast.join(onEvent, joining) : () => undefined
      try {
        if (waitMs === undefined) return await result
        const ended = await Promise.race([result, after(waitMs)])
        return ended ?? (await goingOn(result, started, (one) => running(one, joining, startedAt, context)))
      } finally {
        leave()
      }
    },
    end: own.end,
  })
}

/** Loaded here: a call that finds nothing to do needs nothing of it. */
async function attempt(context: AttemptContext): Promise<Completed | Failed> {
  const loaded = await import('./attempt.js').catch(failedFrom)
  return 'attempt' in loaded ? loaded.attempt(context) : loaded
}

interface OwnRun {
  begun(run: LiveRun): void
  over(outcome: Completed | Failed): void
  /** The wish to end a run may come before the run does. */
  end(reason: RunEnded): void
}

/** The run that the attempt may come to; observers are told of that one alone. */
function createOwnRun({ observers, actor }: TicketContext): OwnRun {
  let own: LiveRun | undefined
  let wanted: RunEnded | undefined
  return {
    begun: (run) => {
      own = run
      if (wanted) run.end(wanted)
      for (const observer of observers) observer.started(run.id, actor)
    },
    over: (outcome) => {
      if (own !== undefined) for (const observer of observers) observer.ended(outcome, actor)
    },
    end: (reason) => {
      wanted = reason
      own?.end(reason)
    },
  }
}

async function goingOn(
  result: Ticket['result'],
  started: Promise<Started>,
  answer: (started: Started) => Running,
): Promise<Completed | Failed | Running> {
  const known = await Promise.race([result, started.then(answer), after(startLimitMs)])
  if (known) return known
  throw new RunFailure(
    'blocked',
    'The run could not be started within the wait; it is still being tried. Call again.',
    { blockers: [] },
  )
}

function running(
  { run, joined }: Started,
  joining: boolean,
  startedAt: number,
  context: TicketContext,
): Running {
  return {
    status: 'running',
    runId: run.id,
    batch: run.batch,
    applied: [...run.applied],
    durationMs: Math.round(performance.now() - startedAt),
    joined: joined || joining,
    release: context.options.release,
  }
}

interface Broadcast {
  readonly emit: (event: RunEvent) => void
  /** Tells what has been, then what comes; returns how to leave. */
  readonly join: (listener: (event: RunEvent) => void, joining: boolean) => () => void
}

/** Waits and the phases of a build are said as they happen and not again; every step is kept for who comes late. */
function createBroadcast(): Broadcast {
  const events: RunEvent[] = []
  const listeners = new Set<(event: RunEvent) => void>()
  return {
    emit: (event) => {
      if (event.type === 'run' || (event.type === 'migration' && event.phase === undefined))
        events.push(event)
      for (const listener of listeners) listener(event)
    },
    join: (listener, joining) => {
      for (const event of events)
        listener(joining && event.type === 'run' ? { ...event, joined: true } : event)
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
  }
}

/** Milliseconds; keeps no process alive. */
export function after(ms: number): Promise<undefined> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms, undefined).unref()
  })
}
