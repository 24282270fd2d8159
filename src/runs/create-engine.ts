import type { ExportOptions } from '../journal/export.js'
import type { Reader, VerifyOptions } from '../journal/verify.js'
import { createHub, type Hub } from '../postgres/hub.js'
import type { Scope } from '../postgres/scope.js'
import { requestCancel } from '../postgres/run-writes.js'
import type { Actor } from './actor.js'
import type { Engine, EngineJournal, MigrateOptions, Order, RunObserver, RunView } from './engine.js'
import { drainingFailure, failedFrom, withoutSecrets } from './failures.js'
import { createFrontDesk } from './front-desk.js'
import { createNotes, type Notes } from './notes.js'
import { defaultTimings, type EngineOptions } from './options.js'
import type { Failed } from './outcome.js'
import { readRun, readRuns, readStanding, readStatus } from './reading.js'

/** Makes the engine over a project; opens nothing until it is first asked. */
export function createEngine(options: EngineOptions): Engine {
  const timings = { ...defaultTimings, ...options.timings }
  const hub = createHub(options.project, options.schema, timings)
  const desk = createFrontDesk({ options, timings, hub })
  const notes = createNotes({ hub, logger: options.logger, refusalsMs: timings.refusalsMs })
  const answered = answering(options, hub)
  return Object.freeze({
    release: options.release,
    journal: journalOver(answered, hub, notes),
    migrate: (order: Order, actor: Actor, how: MigrateOptions = {}) =>
      answered(() => desk.migrate(order, actor, how)),
    observeRuns: (observer: RunObserver) => desk.observe(withoutTheirSecrets(observer, options)),
    standing: () => answered(() => readStanding(hub, options.project)),
    status: () => answered(() => readStatus(hub, options.project)),
    plan: () => answered(() => desk.plan()),
    run: (runId: string) => answered(() => readRun(hub, runId)),
    runs: (limit: number) => answered(() => readRuns(hub, limit)),
    cancel: (runId: string, actor: Actor) =>
      answered(async () => (desk.isDraining() ? drainingFailure() : cancel(hub, runId, actor))),
    // What only some commands need is loaded for them.
    inspect: () =>
      answered(async () => {
        const { inspectDatabase } = await import('../postgres/inspection.js')
        const { verifyJournal } = await import('../journal/verify.js')
        return inspectDatabase(options.project, options.schema, verifyJournal)
      }),
    loadForRun: () =>
      Promise.all([import('./attempt.js'), import('../postgres/whole-knex.js')])
        .then(([, { loadWholeKnex }]) => loadWholeKnex())
        .catch(ignore),
    unlock: () => answered(async () => (await import('./unlock.js')).unlock(hub)),
    drain: (graceMs: number) => desk.drain(graceMs),
    close: async () => {
      await notes.close()
      await hub.close()
    },
  })
}

/** Of a long journal, one look reads it whole. Milliseconds. */
const atLengthMs = 300_000

function journalOver(answered: Answered, hub: Hub, notes: Notes): EngineJournal {
  const reading = <T>(work: (read: Reader, scope: Scope) => Promise<T>): Promise<T | Failed> =>
    answered(async () => {
      const { control, scope } = await hub.open()
      return work((query) => control.read(query, atLengthMs), scope)
    })
  return Object.freeze({
    head: hub.journalHead,
    refused: notes.refused,
    previousSecretUsed: notes.previousSecretUsed,
    verify: (how: VerifyOptions = {}) =>
      reading(async (read, scope) => (await import('../journal/verify.js')).verifyJournal(read, scope, how)),
    export: (how: ExportOptions) =>
      reading(async (read, scope) => (await import('../journal/export.js')).exportJournal(read, scope, how)),
  })
}

/**
 * The wish is committed; the process that carries out the run sees it at its next look and ends exactly that run. It is
 * recorded of a run that has ended too, whose outcome then says that it came too late.
 */
async function cancel(hub: Hub, runId: string, actor: Actor): Promise<RunView | undefined> {
  const view = await readRun(hub, runId)
  if (view === undefined) return undefined
  const { control, scope } = await hub.open()
  await control.read((query) => requestCancel(query, scope, runId, actor))
  const ended = view.status === 'cancelled' ? 'done' : 'too_late'
  return { ...view, cancellation: view.status === 'running' ? 'requested' : ended }
}

const ignore = (): void => undefined

type Answered = <T>(work: () => Promise<T>) => Promise<T | Failed>

/**
 * Expected failures are values; what they came from goes to the log's debug level only. What fails once the connection was
 * closed for good fails because of that.
 */
function answering({ logger, redact }: EngineOptions, hub: Hub): Answered {
  return async (work) => {
    try {
      const answer = await work()
      return isFailed(answer) ? withoutSecrets(answer, redact) : answer
    } catch (error) {
      logger.debug('a call to the engine failed', { error })
      return withoutSecrets(hub.isClosed() ? drainingFailure() : failedFrom(error), redact)
    }
  }
}

/** What observers are told goes into alerts, so it is cleaned as answers are. */
function withoutTheirSecrets(observer: RunObserver, { redact }: EngineOptions): RunObserver {
  const { ended } = observer
  return {
    ...observer,
    ended: (outcome, actor) => ended(isFailed(outcome) ? withoutSecrets(outcome, redact) : outcome, actor),
  }
}

function isFailed(answer: unknown): answer is Failed {
  return typeof answer === 'object' && answer !== null && 'code' in answer && 'fields' in answer
}
