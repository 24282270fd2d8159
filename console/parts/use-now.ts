import { useEffect, useState } from 'preact/hooks'

/** The time of `performance.now()` in milliseconds; draws anew at each step. */
export function useNow(everyMs = 1_000): number {
  const [, draw] = useState(0)
  useEffect(() => {
    const timer = setInterval(() => draw((before) => before + 1), everyMs)
    return () => clearInterval(timer)
  }, [everyMs])
  return performance.now()
}
