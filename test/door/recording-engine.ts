import type { RefusalNote } from '../../src/journal/refusals.js'
import type { Inspection } from '../../src/postgres/inspection.js'
import type { Actor } from '../../src/runs/actor.js'
import type { Engine, MigrateOptions, Order, RunEvent, RunView, Status } from '../../src/runs/engine.js'
import type { Completed, Failed, Outcome, Planned } from '../../src/runs/outcome.js'

export interface Call {
  readonly method: string
  readonly args: readonly unknown[]
}

/** An engine without a database: it keeps what it is asked, and answers what the test says. */
export interface RecordingEngine extends Engine {
  readonly calls: readonly Call[]
  /** What the journal was told of refused requests. */
  readonly refusals: readonly RefusalNote[]
  /** What `migrate` was asked, in order. */
  orders(): readonly { readonly order: Order; readonly actor: Actor; readonly waitMs: number | undefined }[]
  /** What is answered from now on; a function is called with the call's options. */
  answer(next: Partial<Answers>): void
}

export interface Answers {
  readonly migrate: Outcome | ((options: MigrateOptions) => Promise<Outcome>)
  readonly status: Status | Failed
  readonly plan: Planned | Failed
  readonly inspect: Inspection | Failed
  readonly run: RunView | undefined | Failed | ((runId: string) => RunView | undefined | Failed)
  readonly runs: readonly RunView[] | Failed
  readonly cancel: RunView | undefined | Failed
}

export const runId = '0197a4c2-7d7e-7000-8000-00000000abcd'

export const done: Completed = {
  status: 'applied',
  runId,
  batch: 7,
  applied: [{ name: '20250106090000_create_businesses', durationMs: 12 }],
  durationMs: 31,
  joined: false,
  release: '1.4.0',
}

export const applied: Outcome = done

export const running: Outcome = { ...done, status: 'running', runId, applied: [] }

export const view: RunView = {
  runId,
  status: 'running',
  release: '1.4.0',
  startedAt: '2026-03-01T10:00:00.000Z',
  endedAt: null,
  durationMs: 900,
  batch: 7,
  plan: ['20250106090000_create_businesses', '20250106093000_create_users'],
  applied: [],
  current: { name: '20250106090000_create_businesses', index: 1, of: 2 },
  waiting: null,
  cancellation: null,
  actor: { credential: 'current', address: '203.0.113.9' },
  failure: null,
}

export const status: Status = {
  head: '20250106093000_create_users',
  upToDate: true,
  applied: 2,
  pending: [],
  ahead: [],
  drift: [],
  outside: [],
  unresolved: [],
  run: null,
  journal: { seq: 12, hash: 'ab'.repeat(32) },
}

export const plan: Planned = { status: 'planned', pending: [], release: '1.4.0' }

export function failed(code: Failed['code'], fields: Failed['fields'] = {}): Failed {
  return { status: 'failed', code, detail: `It ended as ${code}.`, fields }
}

export function recordingEngine(): RecordingEngine {
  const calls: Call[] = []
  const refusals: RefusalNote[] = []
  let answers: Answers = {
    migrate: applied,
    status,
    plan,
    inspect: failed('database_unavailable'),
    run: view,
    runs: [view],
    cancel: view,
  }
  const record = (method: string, ...args: unknown[]): void => void calls.push({ method, args })
  return {
    release: '1.4.0',
    journal: {
      head: () => status.journal,
      // Counting in memory is no call that a refused request may not make.
      refused: (note) => void refusals.push(note),
      previousSecretUsed: (actor) => record('previousSecretUsed', actor),
      verify: async () => ({ exists: false, reason: 'there is none' }),
      export: async () => ({ exists: false, reason: 'there is none' }),
    },
    calls,
    refusals,
    orders: () =>
      calls
        .filter(({ method }) => method === 'migrate')
        .map(({ args: [order, actor, options] }) => ({
          order: order as Order,
          actor: actor as Actor,
          waitMs: (options as MigrateOptions | undefined)?.waitMs,
        })),
    answer: (next) => {
      answers = { ...answers, ...next }
    },
    migrate: async (order, actor, options = {}) => {
      record('migrate', order, actor, options)
      return typeof answers.migrate === 'function' ? answers.migrate(options) : answers.migrate
    },
    observeRuns: () => {},
    standing: async () => answers.status,
    status: async () => {
      record('status')
      return answers.status
    },
    plan: async () => {
      record('plan')
      return answers.plan
    },
    run: async (id) => {
      record('run', id)
      return typeof answers.run === 'function' ? answers.run(id) : answers.run
    },
    runs: async (limit) => {
      record('runs', limit)
      return answers.runs
    },
    cancel: async (id, actor) => {
      record('cancel', id, actor)
      return answers.cancel
    },
    inspect: async () => {
      record('inspect')
      return answers.inspect
    },
    unlock: async () => {
      throw new Error('no HTTP request unlocks')
    },
    loadForRun: () => Promise.resolve(),
    drain: async () => record('drain'),
    close: async () => record('close'),
  }
}

/** The events of a run of two migrations. */
export const events: readonly RunEvent[] = [
  { type: 'run', runId, joined: false, pending: view.plan },
  { type: 'migration', runId, name: view.plan[0] ?? '', state: 'started', index: 1, of: 2 },
  { type: 'waiting', runId, for: 'lock', elapsedMs: 12 },
]
