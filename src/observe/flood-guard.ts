const windowMs = 60_000
const mostPerWindow = 5
const mostCodes = 100

/**
 * Decides which alerts leave: of one kind at most five a minute, by the monotonic clock; of kinds at most a hundred, so
 * that its memory is bounded.
 */
export function createFloodGuard(now: () => number = () => performance.now()): (code: string) => boolean {
  const windows = new Map<string, { readonly since: number; count: number }>()
  return (code) => {
    const at = now()
    const open = windows.get(code)
    if (open !== undefined && at - open.since < windowMs) {
      open.count += 1
      return open.count <= mostPerWindow
    }
    for (const [known, { since }] of windows) if (at - since >= windowMs) windows.delete(known)
    if (windows.size >= mostCodes) return false
    windows.set(code, { since: at, count: 1 })
    return true
  }
}
