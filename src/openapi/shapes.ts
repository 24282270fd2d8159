import { z } from 'zod'
import { problemKinds, type FailureCode, type ProblemCode } from '../problems/catalog.js'

const count = () => z.int().min(0)
const instant = () => z.iso.datetime()
const runId = () => z.uuid()
const names = () => z.array(z.string())

/** The parts that several bodies are made of. Made when asked for: a start-up has no use for them. */
export function parts() {
  const applied = z.strictObject({
    name: z.string().meta({ description: 'The file’s name without extension.' }),
    durationMs: count(),
  })
  const blocker = z.strictObject({
    pid: count().meta({ description: '0: a prepared transaction, which has no process.' }),
    user: z.string().nullable(),
    application: z.string().nullable(),
    state: z.string().nullable(),
    since: instant().nullable(),
    query: z.string().meta({
      description:
        'At most 200 characters, literals masked; `hidden` where the migrating role may not see it.',
    }),
  })
  const finding = z.strictObject({
    name: z.string(),
    kind: z.enum(['missing', 'out_of_order', 'edited']),
    message: z.string(),
  })
  const optionError = z.strictObject({
    pointer: z.string().exactOptional().meta({ description: 'RFC 6901, into the body.' }),
    parameter: z.string().exactOptional().meta({ description: 'A parameter of the query.' }),
    detail: z.string(),
  })
  return { applied, blocker, finding, optionError, actor: actor() }
}

const actor = () =>
  z.strictObject({
    credential: z.enum(['current', 'previous', 'boot', 'pipeline']),
    address: z.string().exactOptional(),
    hops: z.array(z.string()).max(16).exactOptional().meta({
      description: 'From the socket’s peer to the client; only where trusted proxies stood between.',
    }),
    requestId: z.string().exactOptional(),
    userAgent: z.string().max(200).exactOptional(),
    declared: z.string().max(128).exactOptional().meta({
      description: '`X-Actor`: what the caller said of itself; recorded, never believed.',
    }),
    traceId: traceId().exactOptional(),
  })

const traceId = () =>
  z
    .string()
    .regex(/^[0-9a-f]{32}$/)
    .meta({ description: 'Of the caller’s `traceparent` (W3C Trace Context).' })

export type Parts = ReturnType<typeof parts>

/** The codes that a run, or the attempt to start one, ends with; by the type, so that none can be forgotten. */
const failureCodes = Object.keys({
  migration_failed: true,
  unexpected_head: true,
  drift: true,
  unresolved: true,
  knex_locked: true,
  files_invalid: true,
  blocked: true,
  database_unavailable: true,
  database_misconfigured: true,
  journal_unavailable: true,
  cancelled: true,
  interrupted: true,
  timed_out: true,
  draining: true,
  unknown_run: true,
  internal_error: true,
} satisfies Record<FailureCode, true>) as FailureCode[]

/** What is known of a failure beside its code. */
export function failureMembers({ applied, finding, blocker }: Parts) {
  return {
    runId: runId().nullable().exactOptional(),
    migration: z.string().exactOptional(),
    sqlState: z
      .string()
      .regex(/^[0-9A-Z]{5}$/)
      .exactOptional(),
    message: z
      .string()
      .exactOptional()
      .meta({ description: 'The server’s primary message, without statement, bindings, detail.' }),
    applied: z.array(applied).exactOptional().meta({ description: 'What stays applied.' }),
    rolledBack: names().exactOptional(),
    head: z.string().nullable().exactOptional().meta({ description: 'This replica’s newest migration.' }),
    drift: z.array(finding).exactOptional(),
    blockers: z.array(blocker).exactOptional(),
    unresolved: names().exactOptional(),
    remedy: z.string().exactOptional(),
    joined: z.boolean().exactOptional(),
    durationMs: count().exactOptional(),
    cancellation: z.literal('too_late').exactOptional(),
  }
}

/** RFC 9457, with the members that every problem here has. */
export function problem(known: Parts) {
  return z.strictObject({
    type: z.string().regex(/^urn:sallyport:problem:[a-z_]+$/),
    title: z.string(),
    status: z.int().min(400).max(599),
    detail: z.string().meta({ description: 'What happened, why, what to do now. For people; may change.' }),
    instance: z.string().regex(/^urn:sallyport:request:[A-Za-z0-9._~-]{1,128}$/),
    code: z
      .enum(Object.keys(problemKinds) as ProblemCode[])
      .meta({ description: 'For programs; does not change.' }),
    success: z.literal(false),
    error: z.string().meta({ description: 'The title again.' }),
    errors: z.array(known.optionError).exactOptional(),
    ...failureMembers(known),
  })
}

/** A run's failure within a run. */
export function runFailure(known: Parts) {
  return z.strictObject({ code: z.enum(failureCodes), detail: z.string(), ...failureMembers(known) })
}

export { count, failureCodes, instant, names, runId }
