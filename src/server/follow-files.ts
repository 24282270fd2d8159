import { unwatchFile, watchFile, type StatsListener } from 'node:fs'

/** A followed file has changed, and its content was taken into use or not. */
export interface Reload {
  readonly what: 'secret' | 'allowlist' | 'tls'
  readonly used: boolean
  /** What is wrong with the content that is not used, with remedies. */
  readonly why?: readonly string[]
  /** A migration secret in use became the same as another credential, and no secret is accepted any longer. */
  readonly closed?: boolean
}

/** A changed file is noticed within this many milliseconds. */
const lookEveryMs = 1_000

/**
 * Calls back when one of these files was replaced, changed, removed or made. They are looked at rather than watched,
 * because Kubernetes swaps a link above a mounted file, which no watch on the file sees. Returns the undoing.
 */
export function followFiles(paths: readonly string[], changed: () => void): () => void {
  // A file that is not there is reported once as if it had changed, with both times zero.
  const looked: StatsListener = (now, before) => {
    if (now.ctimeMs !== 0 || before.ctimeMs !== 0) changed()
  }
  for (const path of paths) watchFile(path, { interval: lookEveryMs, persistent: false }, looked)
  return () => {
    for (const path of paths) unwatchFile(path, looked)
  }
}
