import { setTimeout as sleep } from 'node:timers/promises'
import type { Engine, RunEvent, RunView } from '../runs/engine.js'
import { isFailed } from './answer.js'
import type { EventStream } from './stream.js'

/** Milliseconds between two looks at a run, wherever it runs. */
const lookMs = 500

/**
 * Tells a run's events from its start, by reading its record, which any replica can. Resolves with the run once it has
 * ended, and with undefined when the caller went away or the run cannot be read any longer.
 */
export async function followRun(
  engine: Pick<Engine, 'run'>,
  first: RunView,
  stream: EventStream,
): Promise<RunView | undefined> {
  const { runId, plan } = first
  stream.send('run', { type: 'run', runId, joined: false, pending: plan } satisfies RunEvent)
  const tell = createTeller(stream)
  let view = first
  for (;;) {
    tell(view)
    if (view.status !== 'running') return view
    await sleep(lookMs, undefined, { signal: stream.closed }).catch(() => undefined)
    if (stream.closed.aborted) return undefined
    const next = await engine.run(runId)
    if (next === undefined) return undefined
    if (!isFailed(next)) view = next
  }
}

/** Sends what is new in a view. */
function createTeller(stream: EventStream): (view: RunView) => void {
  let told = 0
  let started: string | undefined
  const migration = (
    view: RunView,
    event: Pick<MigrationEvent, 'name' | 'state' | 'index' | 'durationMs'>,
  ) => {
    const { runId, plan } = view
    stream.send('migration', { type: 'migration', runId, of: plan.length, ...event } satisfies RunEvent)
  }
  return (view) => {
    for (const { name, durationMs } of view.applied.slice(told)) {
      told += 1
      migration(view, { name, state: 'applied', index: told, durationMs })
    }
    const { current } = view
    if (current === null || current.name === started) return
    started = current.name
    migration(view, { name: current.name, state: 'started', index: current.index })
  }
}

type MigrationEvent = Extract<RunEvent, { type: 'migration' }>
