import type { ServerResponse } from 'node:http'

/** An open `text/event-stream` answer. */
export interface EventStream {
  /** Nothing once the caller is gone, or too slow. */
  send(event: string, data: unknown): void
  end(): void
  /** Aborted when the caller goes away, which ends nothing but this stream. */
  readonly closed: AbortSignal
}

/** Below the 15 s of the contract, and far below the 30 to 60 s after which proxies cut a silent answer. */
const heartbeatMs = 10_000
/** A caller that does not read is cut off before its events fill the memory. */
const maxUnsentBytes = 1_048_576

/** Whether the caller asked for events. JSON is what everybody gets who did not name the type. */
export function wantsEvents(accept: string | undefined): boolean {
  return (accept ?? '').split(',').some((range) => {
    const [type = '', ...parameters] = range.split(';').map((part) => part.trim().toLowerCase())
    return type === 'text/event-stream' && !parameters.some((parameter) => /^q=0(?:\.0*)?$/.test(parameter))
  })
}

/** Starts the answer at once, so that a proxy sees it; `no-transform` and `X-Accel-Buffering` keep it from being held back. */
export function openEventStream(response: ServerResponse): EventStream {
  const closed = new AbortController()
  const write = (text: string): void => {
    if (closed.signal.aborted || response.writableEnded) return
    response.write(text)
    if (response.writableLength > maxUnsentBytes) response.destroy()
  }
  const heartbeat = setInterval(write, heartbeatMs, ': still here\n\n').unref()
  response.on('close', () => {
    clearInterval(heartbeat)
    closed.abort()
  })
  response.on('error', () => {})
  response.writeHead(200, {
    'Content-Type': 'text/event-stream; charset=utf-8',
    'Cache-Control': 'no-store, no-transform',
    'X-Accel-Buffering': 'no',
  })
  write(': open\n\n')
  return Object.freeze({
    // JSON has no line break in it, so an event's data is one line whatever a migration is called.
    send: (event: string, data: unknown) => write(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`),
    end: () => response.end(),
    closed: closed.signal,
  })
}
