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
export function countedStream(stream: Submittable, count: { streams: number }): Submittable {
  count.streams += 1
  let counted = true
  for (const end of ['handleReadyForQuery', 'handleError'] as const) {
    const handle = stream[end]?.bind(stream)
    stream[end] = (...args: unknown[]) => {
      if (counted) count.streams -= 1
      counted = false
      return handle?.(...args)
    }
  }
  return stream
}
