import type { Client } from '../door/client.js'
import { readEvents } from '../door/events.js'
import type { DoorEvent } from '../door/shapes.js'
import { backoff, pause } from './pause.js'

export interface Following {
  readonly client: Client
  readonly runId: string
  /** Aborted when the run is not to be followed any longer. */
  readonly signal: AbortSignal
  /** Something arrived: what is new, or nothing but a heartbeat. */
  readonly heard: (events: readonly DoorEvent[]) => void
  /** The stream broke, and is opened again. */
  readonly broke: () => void
}

/** The door sends a heartbeat every ten seconds; a stream that is silent for longer than this is dead. Milliseconds. */
const silenceMs = 25_000

/** Follows a run until it has ended; opens the stream again when it breaks. Never rejects. */
export async function follow(following: Following): Promise<void> {
  const { signal, broke } = following
  const gone = (): boolean => signal.aborted
  for (let failures = 0; !gone(); failures += 1) {
    const told = await once(following)
    if (told === 'done') return
    if (!gone()) broke()
    if (told === 'something') failures = 0
    await pause(backoff(failures), signal)
  }
}

/** How far one stream came. */
async function once({ client, runId, signal, heard }: Following): Promise<'done' | 'something' | 'nothing'> {
  const alarm = createAlarm(signal)
  let told: 'something' | 'nothing' = 'nothing'
  try {
    for await (const events of readEvents(await client.open(`/runs/${runId}/events`, alarm.signal))) {
      alarm.reset()
      told = 'something'
      heard(events)
      if (events.some(({ type }) => type === 'done')) return 'done'
    }
  } catch {
    // Whatever broke it, it is opened again.
  } finally {
    alarm.clear()
  }
  return told
}

/** Aborts after a silence, or when `outer` does. */
function createAlarm(outer: AbortSignal) {
  const silence = new AbortController()
  const ring = (): void => silence.abort()
  let timer = setTimeout(ring, silenceMs)
  return {
    signal: AbortSignal.any([outer, silence.signal]),
    reset: () => {
      clearTimeout(timer)
      timer = setTimeout(ring, silenceMs)
    },
    clear: () => clearTimeout(timer),
  }
}
