/** Waits, or less, where the signal is aborted meanwhile. Never rejects. */
export function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) {
      resolve()
      return
    }
    const end = (): void => {
      clearTimeout(timer)
      signal.removeEventListener('abort', end)
      resolve()
    }
    const timer = setTimeout(end, ms)
    signal.addEventListener('abort', end)
  })
}

/** Milliseconds before the next try after so many that failed: from one second up to fifteen, jittered. */
export function backoff(failures: number): number {
  return Math.min(15_000, 1_000 * 2 ** Math.min(failures, 4)) * (0.75 + Math.random() / 2)
}
