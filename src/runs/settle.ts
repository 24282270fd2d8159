import { findRun, type RunRecord } from '../postgres/run-records.js'
import type { Link } from '../postgres/hub.js'
import type { AttemptContext } from './attempt.js'
import type { Completed, Failed } from './outcome.js'
import { jitter, pause } from './pause.js'
import { recover } from './recover.js'
import { joinedOutcome } from './view.js'

/** How long a lost run is looked after before its caller is told what is known. Milliseconds. */
const settleLimitMs = 15_000

/**
 * The connection was lost before the end of a run of this process was recorded. Connects again, closes its record and learns
 * from the database what was committed, so that the caller is told the truth, and whoever looks later is, too: where all of
 * it was committed, no call may ever come to a run that would close it. Falls back to `known` where the database stays away.
 */
export async function settleLost(
  context: AttemptContext,
  runId: string,
  known: Completed | Failed,
): Promise<Completed | Failed> {
  const deadline = performance.now() + settleLimitMs
  while (performance.now() < deadline && !context.draining.aborted) {
    const record = await look(context, runId).catch(() => undefined)
    if (record && record.status !== 'running') return told(record, known)
    await pause(jitter(200, 600))
  }
  return known
}

async function look(
  { hub, timings, options }: AttemptContext,
  runId: string,
): Promise<RunRecord | undefined> {
  const link = await hub.open()
  const { control } = link
  const lock = await control.tryLock()
  if (lock) {
    try {
      await recover(lock, { link, orphanGraceMs: timings.orphanGraceMs, logger: options.logger })
    } finally {
      await lock.release().catch(() => undefined)
    }
  }
  return finalRecord(link, runId)
}

/** While a successor holds the lock, it has settled the run, or is about to. */
async function finalRecord({ control, scope }: Link, runId: string): Promise<RunRecord | undefined> {
  const record = await control.read((query) => findRun(query, scope, runId))
  return record?.endedAt === null ? undefined : record
}

/** Everything may have been committed all the same, when the connection was lost at the very end. */
function told(record: RunRecord, known: Completed | Failed): Completed | Failed {
  const outcome = joinedOutcome(record)
  if (outcome.status !== 'failed') return Object.freeze({ ...outcome, joined: false })
  if (known.status !== 'failed') return known
  const applied = new Set(record.applied.map((one) => one.name))
  const rolledBack = (known.fields.rolledBack ?? []).filter((name) => !applied.has(name))
  return Object.freeze({ ...known, fields: { ...known.fields, applied: record.applied, rolledBack } })
}
