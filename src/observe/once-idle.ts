/** Milliseconds before the first look whether the process is still busy with its start, and between two. */
const lookEveryMs = 150
/** However busy the process is, it is not waited for longer than this. */
const atLatestMs = 1_000
/** Of the time since the last look. */
const busy = 0.7

/**
 * Calls once the event loop has had time to spare: for what a start need not wait for. Does not keep the process. Returns
 * what gives it up.
 */
export function onceIdle(work: () => void): () => void {
  const since = performance.now()
  let before = performance.eventLoopUtilization()
  let timer = setTimeout(look, lookEveryMs).unref()
  function look(): void {
    const now = performance.eventLoopUtilization()
    const { utilization } = performance.eventLoopUtilization(now, before)
    before = now
    if (utilization < busy || performance.now() - since >= atLatestMs) work()
    else timer = setTimeout(look, lookEveryMs).unref()
  }
  return () => clearTimeout(timer)
}
