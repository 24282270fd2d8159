import { createHub } from '../postgres/hub.js'
import { findRun, listRuns, requestCancel } from '../postgres/run-records.js'
import type { Actor } from './actor.js'
import { drainingFailure } from './attempt.js'
import type { Engine, MigrateOptions, Order, RunView, Status } from './engine.js'
import { failedFrom } from './failures.js'
import { listShipped } from './files.js'
import { createFrontDesk } from './front-desk.js'
import { defaultTimings, type EngineOptions } from './options.js'
import type { Failed, Outcome } from './outcome.js'
import { viewOf } from './view.js'

/** Makes the engine over a project; opens nothing until it is first asked. */
export function createEngine(options: EngineOptions): Engine {
  const timings = { ...defaultTimings, ...options.timings }
  const hub = createHub(options.project, options.schema, timings)
  const desk = createFrontDesk({ options, timings, hub })
  return Object.freeze({
    release: options.release,
    migrate: async (order: Order, actor: Actor, migrateOptions: MigrateOptions = {}): Promise<Outcome> =>
      answered(() => desk.migrate(order, actor, migrateOptions)),
    status: () => answered(status),
    run: (runId: string) => answered(() => run(runId)),
    runs: (limit: number) => answered(() => runs(limit)),
    cancel: (runId: string, actor: Actor) => answered(() => cancel(runId, actor)),
    drain: (graceMs: number) => desk.drain(graceMs),
    close: () => hub.close(),
  })

  async function status(): Promise<Status> {
    const shipped = await listShipped(options.project)
    const { control, readState } = await hub.open()
    const state = await control.read(readState)
    const plan = await shipped.planAgainst(state)
    return Object.freeze({
      head: plan.head,
      upToDate: plan.pending.length === 0,
      applied: state.history.length,
      pending: plan.pending.map((file) => file.name),
      ahead: plan.ahead,
      drift: plan.findings,
      outside: plan.outside,
      run: state.run ? viewOf(state.run) : null,
    })
  }

  async function run(runId: string): Promise<RunView | undefined> {
    if (!isUuid(runId)) return undefined
    const { control, scope, readState } = await hub.open()
    const { present } = await control.read(readState)
    const record = present.bookkeeping
      ? await control.read((query) => findRun(query, scope, runId))
      : undefined
    return record && viewOf(record)
  }

  async function runs(limit: number): Promise<readonly RunView[]> {
    const { control, scope, readState } = await hub.open()
    const { present } = await control.read(readState)
    return present.bookkeeping
      ? (await control.read((query) => listRuns(query, scope, limit))).map(viewOf)
      : []
  }

  async function cancel(runId: string, actor: Actor): Promise<RunView | undefined | Failed> {
    if (desk.isDraining()) return drainingFailure()
    const found = await run(runId)
    if (found?.status !== 'running') return found
    const { control, scope } = await hub.open()
    await control.read((query) => requestCancel(query, scope, runId, actor))
    return found
  }
}

async function answered<T>(work: () => Promise<T>): Promise<T | Failed> {
  try {
    return await work()
  } catch (error) {
    return failedFrom(error)
  }
}

/** Anything else cannot be the id of a run, and PostgreSQL would refuse to compare it. */
function isUuid(text: string): boolean {
  return /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(text)
}
