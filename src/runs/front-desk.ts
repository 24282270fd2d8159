import { findRun } from '../postgres/run-records.js'
import type { Hub } from '../postgres/hub.js'
import type { DatabaseState } from '../postgres/state.js'
import type { Actor } from './actor.js'
import { decideDrift } from './drift.js'
import type { MigrateOptions, Order, RunObserver } from './engine.js'
import { drainingFailure, RunFailure } from './failures.js'
import { listShipped, type Shipped } from './files.js'
import { covers, mayJoin } from './joining.js'
import type { EngineOptions, EngineTimings } from './options.js'
import type { Completed, Failed, Outcome, Planned } from './outcome.js'
import type { Plan } from './plan.js'
import { readFilesAndState } from './files-and-state.js'
import { RunEnded } from './run-ended.js'
import { after, openTicket, type Ticket } from './ticket.js'
import { checkQuestions, checkResolve } from './unresolved.js'
import { upToDate } from './up-to-date.js'

/** Where calls of this process meet: who asks for what is under way already joins it, without a connection of its own. */
export interface FrontDesk {
  /** Rejects with `RunFailure` and others, which the engine turns into values. */
  migrate(order: Order, actor: Actor, how: MigrateOptions): Promise<Outcome>
  /** Rejects as `migrate` does. */
  plan(): Promise<Planned>
  /** Tells it of every run that begins here from now on. */
  observe(observer: RunObserver): void
  drain(graceMs: number): Promise<void>
  isDraining(): boolean
}

export interface DeskContext {
  readonly options: EngineOptions
  readonly timings: EngineTimings
  readonly hub: Hub
}

/** A call, with what was read for it. */
interface Call {
  readonly order: Order
  readonly actor: Actor
  readonly how: MigrateOptions
}

interface Reading {
  readonly shipped: Shipped
  readonly state: DatabaseState
  readonly plan: Plan
}

export function createFrontDesk(context: DeskContext): FrontDesk {
  const desk: Desk = { ...context, draining: new AbortController(), current: undefined, observers: [] }
  return Object.freeze({
    migrate: (order: Order, actor: Actor, how: MigrateOptions) => serve(desk, { order, actor, how }),
    plan: async () => {
      const { shipped, plan } = await read(desk, {})
      return planned(shipped, plan, {}, desk.options)
    },
    observe: (observer: RunObserver) => void desk.observers.push(observer),
    isDraining: () => desk.draining.signal.aborted,
    drain: async (graceMs: number) => {
      desk.draining.abort(new Error('the process is shutting down'))
      await letEnd(desk.current, graceMs)
    },
  })
}

interface Desk extends DeskContext {
  readonly draining: AbortController
  readonly observers: RunObserver[]
  /** The attempt under way in this process. */
  current: Ticket | undefined
}

async function serve(desk: Desk, call: Call): Promise<Outcome> {
  if (desk.draining.signal.aborted) return drainingFailure()
  const startedAt = performance.now()
  const reading = await read(desk, call.order)
  const { shipped, state, plan } = reading
  // Where nothing ever ran no question is open, and an answer to none shall not create the tables.
  if (!state.present.bookkeeping) checkResolve(state, call.order)
  if (call.order.dryRun === true) {
    // Where nothing is pending, the call that this one foretells asks nothing either.
    if (plan.pending.length > 0 || !mayJoin(call.order)) checkQuestions(state, call.order)
    return planned(shipped, plan, call.order, desk.options)
  }
  if (mayJoin(call.order)) {
    decideDrift(plan, call.order, desk.options)
    if (plan.pending.length === 0) return upToDate(desk.options, plan.ahead, startedAt)
  }
  return desk.current ? behind(desk, desk.current, call) : lead(desk, call, reading)
}

function lead(desk: Desk, { order, actor, how }: Call, { shipped, state, plan }: Reading): Promise<Outcome> {
  const { options, timings, hub, draining, observers } = desk
  const context = { options, timings, hub, shipped, pending: plan.pending, order, actor, state, observers }
  const ticket = openTicket({ ...context, draining: draining.signal })
  desk.current = ticket
  void ticket.result.finally(() => {
    if (desk.current === ticket) desk.current = undefined
  })
  return ticket.wait(how, false)
}

/** Somebody of this process is at it: wait for that, then see whether it was what is asked for here. */
async function behind(desk: Desk, ticket: Ticket, call: Call): Promise<Outcome> {
  const { order, how } = call
  const startedAt = performance.now()
  const outcome = await ticket.wait(how, true)
  if (outcome.status === 'running') return outcome
  if (mayJoin(order) && (await answersUs(desk, ticket, outcome))) return joined(outcome)
  if (how.waitMs === undefined) return serve(desk, call)
  const waitMs = Math.max(0, how.waitMs - (performance.now() - startedAt))
  return serve(desk, { ...call, how: { ...how, waitMs } })
}

async function read({ options, hub }: DeskContext, order: Order): Promise<Reading> {
  const { expect } = order
  const isExpected = ({ head }: Shipped): void => {
    if (expect !== undefined && expect !== head) throw unexpectedHead(expect, head)
  }
  const check = expect === undefined ? undefined : isExpected
  const { shipped, state } = await readFilesAndState(hub, options.project, {
    check,
    often: isFrequent(order, options),
  })
  if (shipped.files.length === 0)
    options.logger.warn(
      'there is no migration file; if there should be, check MIGRATIONS_DIR and the knexfile',
    )
  return { shipped, state, plan: await shipped.planAgainst(state) }
}

/** A call that usually finds nothing to do, and whose answer does not depend on whether an applied file was edited. */
function isFrequent(order: Order, { drift }: EngineOptions): boolean {
  return drift === 'warn' && order.dryRun !== true && mayJoin(order)
}

async function planned(shipped: Shipped, plan: Plan, order: Order, options: EngineOptions): Promise<Planned> {
  decideDrift(plan, order, options)
  const migrations = await shipped.load(plan.pending)
  return {
    status: 'planned',
    pending: migrations.map(({ name, checksum, transaction }) => ({ name, checksum, transaction })),
    ...(plan.ahead.length > 0 ? { ahead: plan.ahead } : {}),
    release: options.release,
  }
}

/** What kept a plain call from starting a run would keep this one too; a run's result counts if it holds our files. */
async function answersUs(
  { options, hub }: DeskContext,
  ticket: Ticket,
  outcome: Completed | Failed,
): Promise<boolean> {
  const runId = runIdOf(outcome)
  if (runId === null) return outcome.status === 'failed' && ticket.plain
  const { control, scope, readState } = await hub.open()
  const record = await control.read((query) => findRun(query, scope, runId))
  if (!record) return false
  return covers(record, await listShipped(options.project), await control.read(readState))
}

/** What is under way gets the grace, then is cancelled and rolled back. */
async function letEnd(ticket: Ticket | undefined, graceMs: number): Promise<void> {
  if (!ticket) return
  const ended = await Promise.race([ticket.result.then(() => true), after(graceMs)])
  if (ended) return
  ticket.end(new RunEnded('cancelled', 'the process was told to shut down, and the run used up its grace'))
  await ticket.result
}

function runIdOf(outcome: Completed | Failed): string | null {
  return (outcome.status === 'failed' ? outcome.fields.runId : outcome.runId) ?? null
}

function joined(outcome: Completed | Failed): Completed | Failed {
  if (outcome.status !== 'failed') return { ...outcome, joined: true }
  return { ...outcome, fields: { ...outcome.fields, joined: true } }
}

function unexpectedHead(expect: string, head: string | null): RunFailure {
  return new RunFailure(
    'unexpected_head',
    `The newest migration here is expected to be ${expect}, and is ${head ?? 'none'}: this is another release. Nothing was run. Over HTTP another replica answered: call again until one of the expected release does. In a pipeline: look which release, and which migrations directory, the step has.`,
    { head },
  )
}
