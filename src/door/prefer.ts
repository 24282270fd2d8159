/** What a caller prefers about waiting (RFC 7240). */
export interface Preference {
  /** Milliseconds to wait before `running` is answered. */
  readonly waitMs: number
  /** `respond-async` was asked for. */
  readonly async: boolean
  /** Seconds, as honoured, where a `wait` was asked for. */
  readonly wait?: number
}

const waitSeconds = /^wait[ \t]*=[ \t]*"?([0-9]{1,9})"?$/i

/**
 * Reads `Prefer`. What is unknown or malformed is ignored (§2), of two valid preferences of one name the first counts, and
 * no wait is longer than `maxWaitMs`. Alone, `respond-async` waits for nothing; with `wait` it waits that long.
 */
export function preferenceOf(header: string | string[] | undefined, maxWaitMs: number): Preference {
  const preferences = [header ?? ''].flat().join(',').split(',').map(withoutParameters)
  const async = preferences.some((preference) => preference.toLowerCase() === 'respond-async')
  const seconds = preferences.map((preference) => waitSeconds.exec(preference)?.[1]).find((found) => found)
  if (seconds === undefined) return { async, waitMs: async ? 0 : maxWaitMs }
  const waitMs = Math.min(Number(seconds) * 1000, maxWaitMs)
  return { async, waitMs, wait: waitMs / 1000 }
}

/** `Preference-Applied` (§3); undefined where nothing that was asked for had an effect. */
export function preferenceApplied({ async, wait }: Preference, running: boolean): string | undefined {
  const applied = [
    ...(async && running ? ['respond-async'] : []),
    ...(wait === undefined ? [] : [`wait=${wait}`]),
  ]
  return applied.length === 0 ? undefined : applied.join(', ')
}

function withoutParameters(preference: string): string {
  return (preference.split(';', 1)[0] ?? '').trim()
}
