import { entrySource } from '../journal/record.js'
import { insertHistory, insertRecords, nextBatch } from '../postgres/history.js'
import { resolveStep } from '../postgres/steps.js'
import type { Link } from '../postgres/hub.js'
import type { RunLock } from '../postgres/control.js'
import type { DatabaseState, OpenStep } from '../postgres/state.js'
import type { Actor } from './actor.js'
import type { Order } from './engine.js'
import { RunFailure } from './failures.js'
import type { Shipped } from './files.js'
import { commitRecorded } from './recording.js'

/**
 * Non-transactional migrations that were interrupted or failed, do not declare themselves repeatable, and are not
 * recorded: nobody can know how far they came. What a run is at work on is none of them.
 */
export function openQuestions({ history, openSteps, run }: DatabaseState): readonly OpenStep[] {
  const recorded = new Set(history.map((row) => row.name))
  const underWay = run?.status === 'running' ? run.id : undefined
  return openSteps.filter((step) => !step.repeatable && !recorded.has(step.name) && step.runId !== underWay)
}

/** Each once. */
export function namesOf(steps: readonly OpenStep[]): readonly string[] {
  return [...new Set(steps.map((step) => step.name))]
}

/** Throws where `order.resolve` answers a question that is not open; one answered before as `applied` may be repeated. */
export function checkResolve(state: DatabaseState, { resolve }: Order): void {
  if (!resolve) return
  const open = openQuestions(state)
  const repeated = resolve.as === 'applied' && state.history.some((row) => row.name === resolve.name)
  if (!repeated && !open.some((step) => step.name === resolve.name)) throw notOpen(resolve.name, open)
}

/** Throws `unresolved` where a run with this order would have to ask. */
export function checkQuestions(state: DatabaseState, { resolve }: Order): void {
  const left = openQuestions(state).filter((step) => step.name !== resolve?.name)
  if (left.length > 0) throw unresolved(left)
}

/** Decides the open questions by `order.resolve`, or throws `unresolved`. */
export async function settleSteps(
  lock: RunLock,
  link: Link,
  { order, actor, shipped }: { readonly order: Order; readonly actor: Actor; readonly shipped: Shipped },
): Promise<void> {
  const state = await lock.read(link.readState)
  checkResolve(state, order)
  const open = openQuestions(state)
  const { resolve } = order
  const asked = resolve && open.find((step) => step.name === resolve.name)
  if (resolve && asked) await decide(lock, link, resolve, actor, shipped)
  const left = open.filter((step) => step !== asked && step.name !== resolve?.name)
  if (left.length > 0) throw unresolved(left)
}

async function decide(
  lock: RunLock,
  link: Link,
  resolve: NonNullable<Order['resolve']>,
  actor: Actor,
  shipped: Shipped,
): Promise<void> {
  const { scope } = link
  const { name, as, reason } = resolve
  const file = shipped.files.find((one) => one.name === name)
  if (as === 'applied' && !file) throw notOpen(name, [])
  const checksum = (file && (await shipped.checksum(file))) ?? null
  await lock.read(async (query) => {
    await resolveStep(query, scope, name, { reason, actor })
    if (as === 'pending' || !file) return
    await insertHistory(query, scope, file.recordedAs, await nextBatch(query, scope))
    const { recordedAs, kind } = file
    await insertRecords(query, scope, [
      { name, recordedAs, checksum, kind, origin: 'resolved', runId: null, durationMs: null },
    ])
  })
  const entry = { kind: `resolved_${as}`, subject: name, data: { actor, reason, checksum } } as const
  await commitRecorded({ lock, link, records: [entrySource(entry)] })
}

function unresolved(steps: readonly OpenStep[]): RunFailure {
  const names = namesOf(steps)
  const example = names[0] ?? ''
  return new RunFailure(
    'unresolved',
    `${names.join(', ')} ran outside a transaction and was interrupted or failed; whether its work is in the database nobody can know. Look, then say so: resolve: { "name": "${example}", "as": "applied" | "pending", "reason": "…" }, or \`sallyport migrate --resolve ${example}=applied|pending --reason …\`. "applied" records it as done, "pending" runs it again.`,
    {
      unresolved: names,
      migration: example,
      remedy: `resolve ${example} as "applied" or "pending"`,
    },
  )
}

function notOpen(name: string, open: readonly OpenStep[]): RunFailure {
  const waiting = open.map((step) => step.name).join(', ')
  return new RunFailure(
    'unresolved',
    `There is no open question about ${name}, so there is nothing to resolve.${waiting ? ` Waiting for a decision: ${waiting}.` : ''}`,
    { unresolved: open.map((step) => step.name) },
  )
}
