import type { IncomingMessage } from 'node:http'

/**
 * The values of every line of a header, in the order received. Node keeps the first of two `Authorization` lines and
 * joins two `X-Forwarded-For` silently; only `rawHeaders` tells how many there were. `name` is lower case.
 */
export function headerLines(request: IncomingMessage, name: string): readonly string[] {
  const { rawHeaders } = request
  const values: string[] = []
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const candidate = rawHeaders[index] ?? ''
    if (candidate.length === name.length && candidate.toLowerCase() === name) {
      values.push(rawHeaders[index + 1] ?? '')
    }
  }
  return values
}
