import { z } from 'zod'
import { checkKinds, type CheckId } from '../check/catalog.js'
import { count, instant, names, runId, type Parts } from './shapes.js'
import type { runFailure } from './shapes.js'

/** The bodies of successes. */
export function bodies(known: Parts, failure: ReturnType<typeof runFailure>) {
  const run = runView(known, failure)
  return { ...outcomes(known), run, state: state(known, run), runs: z.strictObject({ runs: z.array(run) }) }
}

/** What both a run that ended and one that goes on tell. */
const told = (applied: Parts['applied']) => ({
  batch: z.int().nullable(),
  applied: z.array(applied),
  durationMs: count(),
  joined: z.boolean(),
  release: z.string(),
})

const ahead = () =>
  names().exactOptional().meta({
    description: 'Applied migrations that this release does not ship: a newer one migrated the database.',
  })

function outcomes({ applied }: Parts) {
  const completed = z.strictObject({
    success: z.literal(true),
    message: z.literal('Migrations applied'),
    status: z.enum(['applied', 'up_to_date']),
    runId: runId().nullable(),
    ...told(applied),
    ahead: ahead(),
    cancellation: z.literal('too_late').exactOptional(),
  })
  const planned = z.strictObject({
    success: z.literal(true),
    message: z.literal('Migrations planned'),
    status: z.literal('planned'),
    pending: z.array(
      z.strictObject({
        name: z.string(),
        checksum: z.string().regex(/^sha256:[0-9a-f]+$/),
        transaction: z.boolean(),
      }),
    ),
    ahead: ahead(),
    release: z.string(),
  })
  const running = z.strictObject({
    success: z.literal(true),
    message: z.literal('Migrations running'),
    status: z.literal('running'),
    runId: runId(),
    ...told(applied),
  })
  return { completed, planned, running }
}

function runView({ applied, actor, blocker }: Parts, failure: ReturnType<typeof runFailure>) {
  return z.strictObject({
    runId: runId(),
    status: z.enum(['running', 'applied', 'failed', 'cancelled', 'interrupted']),
    release: z.string(),
    startedAt: instant(),
    endedAt: instant().nullable(),
    durationMs: count(),
    batch: z.int().nullable(),
    plan: names(),
    applied: z.array(applied),
    current: z
      .strictObject({
        name: z.string(),
        index: z.int().min(1).meta({ description: 'Within the plan, from 1.' }),
        of: z.int().min(1),
        elapsedMs: count().exactOptional(),
        phase: z.string().exactOptional().meta({ description: 'As pg_stat_progress_create_index names it.' }),
        percent: z.number().min(0).max(100).exactOptional(),
      })
      .nullable()
      .meta({ description: 'The migration under way, as seen within the last second or so.' }),
    waiting: z
      .strictObject({ for: z.literal('blockers'), elapsedMs: count(), blockers: z.array(blocker) })
      .nullable()
      .meta({ description: 'What the migration under way waits for.' }),
    cancellation: z.enum(['requested', 'done', 'too_late']).nullable(),
    actor,
    failure: failure.nullable(),
  })
}

function state({ finding }: Parts, run: ReturnType<typeof runView>) {
  return z.strictObject({
    head: z.string().nullable().meta({ description: 'The newest migration that this replica ships.' }),
    upToDate: z.boolean(),
    applied: count(),
    pending: names(),
    ahead: names(),
    drift: z.array(finding),
    outside: names().meta({
      description: 'Rows of the migrations table that no run wrote, or that vanished.',
    }),
    unresolved: names().meta({ description: 'What the next call will ask about.' }),
    run: run.nullable(),
    journal: z
      .strictObject({ seq: count(), hash: z.string().regex(/^[0-9a-f]{64}$/) })
      .nullable()
      .meta({ description: 'The journal’s newest record; null where there is no journal yet.' }),
    secret: z.strictObject({ dedicated: z.boolean(), rotating: z.boolean() }),
    release: z.string(),
  })
}

/** The production checklist. */
export function checklist() {
  const verdict = () => z.enum(['pass', 'warn', 'fail'])
  return z.strictObject({
    status: verdict().meta({ description: 'The worst of the items.' }),
    environment: z.string(),
    release: z.string(),
    checkedAt: instant(),
    summary: z.strictObject({ pass: count(), warn: count(), fail: count(), unknown: count() }),
    items: z.array(
      z.strictObject({
        id: z.enum(Object.keys(checkKinds) as CheckId[]),
        title: z.string(),
        status: verdict(),
        detail: z.string(),
        remedy: z.string().nullable(),
        unknown: z.literal(true).exactOptional(),
      }),
    ),
  })
}

/** The data of the stream's events, but for `done`, whose data is the final body. */
export function events({ blocker }: Parts) {
  const runEvent = z.strictObject({
    type: z.literal('run'),
    runId: runId(),
    joined: z.boolean(),
    pending: names(),
  })
  const migrationEvent = z.strictObject({
    type: z.literal('migration'),
    runId: runId(),
    name: z.string(),
    state: z.enum(['started', 'applied', 'failed', 'retrying']),
    index: z.int().min(1),
    of: z.int().min(1),
    durationMs: count().exactOptional(),
    elapsedMs: count().exactOptional(),
    phase: z.string().exactOptional(),
    percent: z.number().min(0).max(100).exactOptional(),
  })
  const waitingEvent = z.strictObject({
    type: z.literal('waiting'),
    runId: runId().nullable(),
    for: z.enum(['lock', 'blockers', 'predecessor']),
    elapsedMs: count(),
    blockers: z.array(blocker).exactOptional(),
  })
  return { runEvent, migrationEvent, waitingEvent }
}
