import type { ServerResponse } from 'node:http'
import type { RunEvent } from '../runs/engine.js'
import type { Told } from '../runs/telling.js'
import { createEventIds, doneId } from './event-ids.js'

/** An open `text/event-stream` answer. */
export interface RunStream {
  /** Nothing once the caller is gone, or too slow. */
  tell(event: RunEvent): void
  /** The last event: what a caller who waited is answered. */
  done(body: object, runId: string | null): void
  end(): void
  /** Aborted when the caller goes away, which ends nothing but this stream. */
  readonly closed: AbortSignal
}

/** Below the 10 s after which the most impatient proxies cut a silent answer; most wait 30 to 60 s. */
const heartbeatMs = 5_000
/** A caller that does not read is cut off before its events fill the memory; it can resume. */
const maxUnsentBytes = 1_048_576
/** What a reader waits before it connects again. */
const reconnectMs = 2_000

/** Whether the caller asked for events. JSON is what everybody gets who did not name the type. */
export function wantsEvents(accept: string | undefined): boolean {
  return (accept ?? '').split(',').some((range) => {
    const [type = '', ...parameters] = range.split(';').map((part) => part.trim().toLowerCase())
    return type === 'text/event-stream' && !parameters.some((parameter) => /^q=0(?:\.0*)?$/.test(parameter))
  })
}

/** Starts the answer at once, so that a proxy sees it; `no-transform` and `X-Accel-Buffering` keep it from being held back. */
export function openRunStream(response: ServerResponse, told?: Told): RunStream {
  const ids = createEventIds(told)
  const closed = new AbortController()
  const write = (text: string): void => {
    if (closed.signal.aborted || response.writableEnded) return
    response.write(text)
    if (response.writableLength > maxUnsentBytes) response.destroy()
  }
  const heartbeat = setInterval(write, heartbeatMs, ': still here\n\n').unref()
  const gone = (): void => {
    clearInterval(heartbeat)
    closed.abort()
  }
  if (response.destroyed) gone()
  else response.on('close', gone)
  response.on('error', () => {})
  response.writeHead(200, {
    'Content-Type': 'text/event-stream; charset=utf-8',
    'Cache-Control': 'no-store, no-transform',
    'X-Accel-Buffering': 'no',
  })
  write(`: open\nretry: ${reconnectMs}\n\n`)
  // JSON has no line break in it, so an event's data is one line whatever a migration is called.
  const send = (event: string, data: unknown, id: string | undefined): void =>
    write(`${id === undefined ? '' : `id: ${id}\n`}event: ${event}\ndata: ${JSON.stringify(data)}\n\n`)
  return Object.freeze({
    tell: (event: RunEvent) => send(event.type, event, ids.of(event)),
    done: (body: object, runId: string | null) =>
      send('done', body, runId === null ? undefined : doneId(runId)),
    end: () => response.end(),
    closed: closed.signal,
  })
}
