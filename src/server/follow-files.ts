import { statSync } from 'node:fs'
import { stat } from 'node:fs/promises'

/** A followed file has changed, and its content was taken into use or not. */
export interface Reload {
  readonly what: 'secret' | 'allowlist' | 'tls'
  readonly used: boolean
  /** What is wrong with the content that is not used, with remedies. */
  readonly why?: readonly string[]
  /** A migration secret in use became the same as another credential, and no secret is accepted any longer. */
  readonly closed?: boolean
}

/** A changed file is noticed within about this many milliseconds. */
const lookEveryMs = 1_000

/**
 * Calls back when one of these files was replaced, changed, removed or made. They are looked at rather than watched,
 * because Kubernetes swaps a link above a mounted file, which no watch on the file sees. The first look is taken before
 * this returns, and what changed since the process began, after it was read perhaps, is told at once. Returns the undoing.
 */
export function followFiles(paths: readonly string[], changed: () => void): () => void {
  let stopped = false
  let seen = paths.map(lookNow)
  if (seen.some(({ changedAt }) => changedAt > performance.timeOrigin)) setImmediate(changed)
  let looking = false
  const look = async (): Promise<void> => {
    if (looking) return
    looking = true
    const found = await Promise.all(paths.map(lookLater))
    looking = false
    const differs = found.some(({ identity }, index) => identity !== seen[index]?.identity)
    seen = found
    if (differs && !stopped) changed()
  }
  const timer = setInterval(() => void look(), lookEveryMs).unref()
  return () => {
    stopped = true
    clearInterval(timer)
  }
}

interface Look {
  readonly identity: string
  /** Milliseconds since the epoch; 0 where there is no file. */
  readonly changedAt: number
}

interface Times {
  readonly ino: number
  readonly size: number
  readonly ctimeMs: number
}

const nothing: Look = Object.freeze({ identity: 'not there', changedAt: 0 })

const lookOf = ({ ino, size, ctimeMs }: Times): Look => ({
  identity: `${String(ino)} ${String(size)} ${String(ctimeMs)}`,
  changedAt: ctimeMs,
})

function lookNow(path: string): Look {
  try {
    return lookOf(statSync(path))
  } catch {
    return nothing
  }
}

function lookLater(path: string): Promise<Look> {
  return stat(path).then(lookOf, () => nothing)
}
