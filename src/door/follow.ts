import { setTimeout as sleep } from 'node:timers/promises'
import type { Engine, RunView } from '../runs/engine.js'
import { createTeller, type Told } from '../runs/telling.js'
import { isFailed } from './answer.js'
import type { RunStream } from './stream.js'

/** Milliseconds between two looks at a run, wherever it runs. */
export const lookMs = 500

/**
 * Tells a run's events by reading its record, which any replica can: from its start, or from what the reader was told
 * before. Resolves with the run once it has ended, and with undefined when the caller went away or the run cannot be read
 * any longer.
 */
export async function followRun(
  look: Engine['run'],
  first: RunView,
  stream: RunStream,
  told: Told | undefined,
): Promise<RunView | undefined> {
  const { runId, plan } = first
  if (told === undefined) stream.tell({ type: 'run', runId, joined: false, pending: plan })
  const tell = createTeller(stream.tell, told)
  let view = first
  for (;;) {
    tell(view)
    if (view.status !== 'running') return view
    await sleep(lookMs, undefined, { signal: stream.closed }).catch(() => undefined)
    if (stream.closed.aborted) return undefined
    const next = await look(runId)
    if (next === undefined) return undefined
    if (!isFailed(next)) view = next
  }
}

/**
 * Any number of readers of one run cost what one costs: there is one connection for all that a process reads, and a
 * thousand streams would keep it from the run that it may hold the lock of.
 */
export function sharedLooks(engine: Pick<Engine, 'run'>): Engine['run'] {
  const looks = new Map<string, ReturnType<Engine['run']>>()
  return (runId) => {
    const shared = looks.get(runId)
    if (shared !== undefined) return shared
    const look = engine.run(runId)
    looks.set(runId, look)
    // Kept a little shorter than a reader's pause, so that each of a reader's looks sees something new.
    setTimeout(() => looks.delete(runId), lookMs / 2).unref()
    return look
  }
}
