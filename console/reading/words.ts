const second = 1_000
const minute = 60 * second
const hour = 60 * minute
const day = 24 * hour

/** A duration in milliseconds, to two figures or so. */
export function duration(ms: number): string {
  if (ms < second) return `${Math.max(0, Math.round(ms))} ms`
  if (ms < 10 * second) return `${(Math.floor(ms / 100) / 10).toFixed(1)} s`
  if (ms < minute) return `${Math.floor(ms / second)} s`
  if (ms < hour) return `${Math.floor(ms / minute)} min ${Math.floor((ms % minute) / second)} s`
  return `${Math.floor(ms / hour)} h ${Math.floor((ms % hour) / minute)} min`
}

/** A duration that is one of a scale: `100 ms`, `1 s`, `10 min`. */
export function roundDuration(ms: number): string {
  if (ms < second) return `${ms} ms`
  if (ms < minute) return `${ms / second} s`
  return ms < hour ? `${ms / minute} min` : `${ms / hour} h`
}

/** The same for what goes on: whole seconds, so that it does not flicker. */
export function elapsed(ms: number): string {
  return ms < minute ? `${Math.max(0, Math.floor(ms / second))} s` : duration(ms)
}

/** How long ago something was. */
export function ago(ms: number): string {
  if (ms < 5 * second) return 'just now'
  if (ms < minute) return `${Math.floor(ms / second)} s ago`
  if (ms < hour) return `${Math.floor(ms / minute)} min ago`
  if (ms < 2 * day) return `${Math.floor(ms / hour)} h ago`
  return `${Math.floor(ms / day)} days ago`
}

/** `1 migration`, `3 migrations`. */
export function count(amount: number, one: string, many = `${one}s`): string {
  return `${amount} ${amount === 1 ? one : many}`
}

/** The first and last characters that tell one digest from another. */
export function shortDigest(checksum: string): string {
  const hash = checksum.replace(/^sha256:/, '')
  return hash.length > 12 ? `${hash.slice(0, 12)}…` : hash
}
