import { setTimeout as pause } from 'node:timers/promises'

/** Asks again and again until the answer is not undefined; throws once `withinMs` have passed. */
export async function until<T>(
  what: string,
  withinMs: number,
  ask: () => Promise<T | undefined> | T | undefined,
): Promise<T> {
  const deadline = Date.now() + withinMs
  for (;;) {
    const answer = await ask()
    if (answer !== undefined) return answer
    if (Date.now() >= deadline) throw new Error(`${what}: not within ${withinMs} ms`)
    await pause(20)
  }
}

/** `undefined` where the promise has not settled in time; the promise itself goes on. */
export async function within<T>(limitMs: number, promise: Promise<T>): Promise<T | undefined> {
  const stop = new AbortController()
  try {
    return await Promise.race([promise, pause(limitMs, undefined, { signal: stop.signal, ref: true })])
  } finally {
    stop.abort()
  }
}
