/** The caller's place in a trace, as lower-case hexadecimal. */
export interface TraceContext {
  /** 32 digits, not all zero. */
  readonly traceId: string
  /** 16 digits, not all zero: the caller's own span. */
  readonly spanId: string
}

/** Version, trace id, parent id, flags; what a later version puts behind a further hyphen is not looked at. */
const form = /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-[0-9a-f]{2}(-.*)?$/

/**
 * Reads the lines of `traceparent`. Anything but exactly one that is valid is as good as none: tracing must never refuse a
 * request. https://www.w3.org/TR/trace-context/#versioning-of-traceparent
 */
export function traceContextOf(lines: readonly string[]): TraceContext | undefined {
  const [line, second] = lines
  if (line === undefined || second !== undefined) return undefined
  const [, version = 'ff', traceId = '', spanId = '', more] = form.exec(line) ?? []
  const usable = version !== 'ff' && !(version === '00' && more !== undefined)
  if (!usable || /^0+$/.test(traceId) || /^0+$/.test(spanId)) return undefined
  return Object.freeze({ traceId, spanId })
}
