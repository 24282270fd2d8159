import type { Faults } from './faults.js'

/** What pg's client runs itself: a cursor, a query stream, a COPY (pg, lib/client.js, `query`). */
export interface Submittable {
  submit(...args: unknown[]): unknown
  handleReadyForQuery?(...args: unknown[]): unknown
  handleError?(...args: unknown[]): unknown
}

export function isSubmittable(first: unknown): first is Submittable {
  return typeof (first as Partial<Submittable> | null)?.submit === 'function'
}

/** Counts it until the server is ready for the next query, or has failed it. */
export function countedStream(
  stream: Submittable,
  gate: { streams: number; readonly faults: Faults },
): Submittable {
  gate.streams += 1
  let counted = true
  const over = (): void => {
    if (counted) gate.streams -= 1
    counted = false
  }
  const ready = stream.handleReadyForQuery?.bind(stream)
  stream.handleReadyForQuery = (...args: unknown[]) => {
    over()
    return ready?.(...args)
  }
  const fail = stream.handleError?.bind(stream)
  stream.handleError = (error: unknown, ...args: unknown[]) => {
    over()
    gate.faults.abortedBy ??= error
    try {
      return fail?.(error, ...args)
    } catch {
      // An event that nobody listens to would end the process; it is the migration that fails.
      gate.faults.unheard ??= error
      return undefined
    }
  }
  return stream
}
