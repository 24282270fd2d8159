import { findRun, type RunRecord } from '../postgres/run-records.js'
import type { Hub } from '../postgres/hub.js'
import type { DatabaseState } from '../postgres/state.js'
import type { Actor } from './actor.js'
import { attempt, covers, drainingFailure, mayJoin } from './attempt.js'
import { decideDrift } from './drift.js'
import type { MigrateOptions, Order, RunEvent } from './engine.js'
import { RunFailure } from './failures.js'
import { listShipped, type Shipped } from './files.js'
import { RunEnded, type LiveRun } from './live-run.js'
import type { EngineOptions, EngineTimings } from './options.js'
import type { Completed, Failed, Outcome, Running } from './outcome.js'
import type { Plan } from './plan.js'
import { upToDate } from './run.js'

/** Where calls of this process meet: who asks for what is under way already joins it, without a connection of its own. */
export interface FrontDesk {
  migrate(order: Order, actor: Actor, options: MigrateOptions): Promise<Outcome>
  drain(graceMs: number): Promise<void>
  isDraining(): boolean
}

interface DeskContext {
  readonly options: EngineOptions
  readonly timings: EngineTimings
  readonly hub: Hub
}

/** An attempt under way in this process. */
interface Ticket {
  readonly result: Promise<Completed | Failed>
  /** Resolves with the id of the run, own or joined, once its record is committed. */
  readonly started: Promise<Started>
  readonly events: readonly RunEvent[]
  readonly listeners: Set<(event: RunEvent) => void>
  own: LiveRun | undefined
}

interface Started {
  readonly runId: string
  readonly batch: number | null
  readonly joined: boolean
  readonly startedAt: number
  readonly run: LiveRun | RunRecord
}

/** After the wait, what it takes at most to know the id of the run that goes on. */
const startLimitMs = 8_000

export function createFrontDesk(context: DeskContext): FrontDesk {
  const { options, hub } = context
  const draining = new AbortController()
  let current: Ticket | undefined
  return Object.freeze({ migrate, drain, isDraining: () => draining.signal.aborted })

  async function migrate(order: Order, actor: Actor, how: MigrateOptions): Promise<Outcome> {
    if (draining.signal.aborted) return drainingFailure()
    const shipped = await listShipped(options.project)
    if (order.expect !== undefined && order.expect !== shipped.head)
      throw unexpectedHead(order.expect, shipped.head)
    const { control, readState } = await hub.open()
    const state = await control.read(readState)
    const plan = await shipped.planAgainst(state)
    if (order.dryRun === true) return planned(shipped, plan, order)
    if (mayJoin(order)) {
      decideDrift(plan, order, options)
      if (plan.pending.length === 0) return upToDate(options, plan.ahead)
    }
    return current ? behind(current, order, actor, how) : lead(order, actor, how, shipped, state, plan)
  }

  async function planned(shipped: Shipped, plan: Plan, order: Order): Promise<Outcome> {
    decideDrift(plan, order, options)
    const pending = (await shipped.load(plan.pending)).map(({ name, checksum, transaction }) => ({
      name,
      checksum,
      transaction,
    }))
    return {
      status: 'planned',
      pending,
      ...(plan.ahead.length > 0 ? { ahead: plan.ahead } : {}),
      release: options.release,
    }
  }

  /** Somebody of this process is at it: wait for that, then see whether it was what is asked for here. */
  async function behind(ticket: Ticket, order: Order, actor: Actor, how: MigrateOptions): Promise<Outcome> {
    const startedAt = performance.now()
    const outcome = await waitFor(ticket, how, true)
    if (outcome.status === 'running') return outcome
    const runId =
      outcome.status === 'failed' ? outcome.fields.runId : outcome.status === 'applied' ? outcome.runId : null
    if (mayJoin(order) && runId && (await holdsOurs(runId))) return joined(outcome)
    const left =
      how.waitMs === undefined ? {} : { waitMs: Math.max(0, how.waitMs - (performance.now() - startedAt)) }
    return migrate(order, actor, { ...how, ...left })
  }

  async function holdsOurs(runId: string): Promise<boolean> {
    const { control, scope, readState } = await hub.open()
    const record = await control.read((query) => findRun(query, scope, runId))
    return (
      record !== undefined &&
      covers(record, await listShipped(options.project), await control.read(readState))
    )
  }

  async function lead(
    order: Order,
    actor: Actor,
    how: MigrateOptions,
    shipped: Shipped,
    state: DatabaseState,
    plan: Plan,
  ): Promise<Outcome> {
    const ticket = open(order, actor, shipped, state, plan)
    current = ticket
    void ticket.result.finally(() => {
      if (current === ticket) current = undefined
    })
    return waitFor(ticket, how, false)
  }

  function open(order: Order, actor: Actor, shipped: Shipped, state: DatabaseState, plan: Plan): Ticket {
    const events: RunEvent[] = []
    const listeners = new Set<(event: RunEvent) => void>()
    const emit = (event: RunEvent): void => {
      if (event.type !== 'waiting') events.push(event)
      for (const listener of listeners) listener(event)
    }
    const { promise: started, resolve: start } = withResolvers<Started>()
    const startedAt = performance.now()
    const result = (async () => {
      const loaded = await shipped.load(plan.pending)
      return attempt({
        ...context,
        shipped,
        loaded,
        order,
        actor,
        state,
        emit,
        onOwn: (run) => {
          ticket.own = run
          start({ runId: run.id, batch: run.batch, joined: false, startedAt, run })
        },
        onJoined: (run) => {
          start({ runId: run.id, batch: run.batch, joined: true, startedAt, run })
        },
        draining: draining.signal,
      })
    })()
    const ticket: Ticket = { result, started, events, listeners, own: undefined }
    return ticket
  }

  /** Until the end, or until the wait is over; the run goes on all the same. */
  async function waitFor(
    ticket: Ticket,
    how: MigrateOptions,
    joining: boolean,
  ): Promise<Completed | Failed | Running> {
    const { onEvent } = how
    if (onEvent) {
      for (const event of ticket.events)
        onEvent(joining && event.type === 'run' ? { ...event, joined: true } : event)
      ticket.listeners.add(onEvent)
    }
    try {
      if (how.waitMs === undefined) return await ticket.result
      const ended = await Promise.race([ticket.result, after(how.waitMs)])
      if (ended) return ended
      const known = await Promise.race([ticket.result, ticket.started, after(startLimitMs)])
      if (!known) throw stillStarting()
      return 'status' in known ? known : running(known, joining, options.release)
    } finally {
      if (onEvent) ticket.listeners.delete(onEvent)
    }
  }

  async function drain(graceMs: number): Promise<void> {
    draining.abort(new Error('the process is shutting down'))
    if (!current) return
    const ticket = current
    if (await Promise.race([ticket.result.then(() => true), after(graceMs)])) return
    ticket.own?.end(
      new RunEnded('cancelled', 'the process was told to shut down and the run used up its grace'),
    )
    await ticket.result
  }
}

function joined(outcome: Completed | Failed): Completed | Failed {
  if (outcome.status !== 'failed') return { ...outcome, joined: true }
  return { ...outcome, fields: { ...outcome.fields, joined: true } }
}

function running(started: Started, joining: boolean, release: string): Running {
  const { runId, batch, run, startedAt } = started
  return {
    status: 'running',
    runId,
    batch,
    applied: [...run.applied],
    durationMs: Math.round(performance.now() - startedAt),
    joined: started.joined || joining,
    release,
  }
}

function unexpectedHead(expect: string, head: string | null): RunFailure {
  return new RunFailure(
    'unexpected_head',
    `The caller expects ${expect} to be the newest migration, but this replica ships ${head ?? 'none'}: a replica of another release answered. Call again until one of the expected release does.`,
    { head },
  )
}

function stillStarting(): RunFailure {
  return new RunFailure(
    'blocked',
    'The run could not be started within the wait; it is still being tried. Call again.',
    { blockers: [] },
  )
}

function after(ms: number): Promise<undefined> {
  return new Promise((resolve) => setTimeout(resolve, ms, undefined).unref())
}

function withResolvers<T>(): { promise: Promise<T>; resolve: (value: T) => void } {
  let resolve!: (value: T) => void
  const promise = new Promise<T>((settle) => {
    resolve = settle
  })
  return { promise, resolve }
}
