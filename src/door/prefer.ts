/** What a caller prefers about waiting (RFC 7240). */
export interface Preference {
  /** Milliseconds to wait before `running` is answered. */
  readonly waitMs: number
  /** `respond-async` was asked for. */
  readonly async: boolean
  /** Seconds, as honoured, where a `wait` was asked for. */
  readonly wait?: number
}

/**
 * Reads `Prefer`. What is unknown or malformed is ignored (§2), of two valid preferences of one name the first counts, and
 * no wait is longer than `maxWaitMs`. Alone, `respond-async` waits for nothing; with `wait` it waits that long.
 */
export function preferenceOf(header: string | string[] | undefined, maxWaitMs: number): Preference {
  const preferences = preferencesIn([header ?? ''].flat().join(','))
  const async = preferences.some(({ name, value }) => name === 'respond-async' && value === '')
  const seconds = preferences.find(({ name, value }) => name === 'wait' && /^[0-9]{1,9}$/.test(value))?.value
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

interface Named {
  /** In lower case. */
  readonly name: string
  /** Without quotes; none and an empty one are the same (§2). */
  readonly value: string
}

/** A token, or a string in quotes, in which a comma parts nothing and a backslash takes the next character as it is (RFC 9110 §5.6). */
const word = String.raw`[!#$%&'*+\-.^_\x60|~0-9A-Za-z]+|"(?:[^"\\]|\\.)*"`
const pair = String.raw`([!#$%&'*+\-.^_\x60|~0-9A-Za-z]+)(?:[ \t]*=[ \t]*(${word}))?`
const preference = new RegExp(String.raw`^[ \t]*${pair}[ \t]*(?:;[ \t]*(?:${pair}[ \t]*)?)*$`)
/** What stands between two commas; a string that is never closed takes all that follows it. */
const element = /(?:[^",]|"(?:[^"\\]|\\.?)*(?:"|$))+/g

/** The well-formed preferences of a header; what they are parametrised with is of no meaning here. */
function preferencesIn(header: string): readonly Named[] {
  return (header.match(element) ?? []).flatMap((text) => {
    const [, name, value = ''] = preference.exec(text) ?? []
    return name === undefined ? [] : [{ name: name.toLowerCase(), value: unquoted(value) }]
  })
}

function unquoted(value: string): string {
  return value.startsWith('"') ? value.slice(1, -1).replace(/\\(.)/g, '$1') : value
}
