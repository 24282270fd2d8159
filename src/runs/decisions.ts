import { entrySource } from '../journal/record.js'
import { insertHistory, insertRecords, nextBatch } from '../postgres/history.js'
import { resolveStep } from '../postgres/steps.js'
import type { Link } from '../postgres/hub.js'
import type { RunLock } from '../postgres/control.js'
import type { Actor } from './actor.js'
import type { Order } from './engine.js'
import type { Shipped } from './files.js'
import { commitRecorded } from './recording.js'
import { checkResolve, notOpen, openQuestions, unresolved } from './unresolved.js'

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
