import { readFileSync, statSync } from 'node:fs'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { sourceChecksum } from './checksum.js'

export interface FileChecksums {
  /** Of a file as it is now. Rejects with the system's error. */
  of(path: string): Promise<string>
  /**
   * By name, of those that were read before and are still the same: looks at each, reads none. As long as it comes to the
   * same, the very same map.
   */
  unchanged(files: readonly Named[]): ReadonlyMap<string, string>
}

interface Named {
  readonly name: string
  readonly path: string
}

interface Remembered {
  readonly version: string
  readonly checksum: string
}

/**
 * Milliseconds that a change must lie back before what was read since is remembered: file systems count time in steps, of
 * two seconds at worst, and a second change within one step would look like none.
 */
const coarsestStepMs = 2_000

/** Milliseconds after which files that are read give way to whatever else waits. */
const turnMs = 5

/**
 * To read and cut up a file costs a hundred times as much as to look whether it is still the same one: by size, inode and
 * the times of its last change, of which nobody can set back the second. Small files are read in a tenth of the time that the
 * thread pool's way takes; the event loop turns between them.
 */
export function rememberingChecksums(): FileChecksums {
  const known = new Map<string, Remembered>()
  let turned = 0
  let last: ReadonlyMap<string, string> = new Map()
  return Object.freeze({
    of: async (path: string) => {
      const before = look(path)
      const remembered = known.get(path)
      if (remembered?.version === before.version) return remembered.checksum
      if (performance.now() - turned > turnMs) {
        await nextTurn()
        turned = performance.now()
      }
      const checksum = sourceChecksum(readFileSync(path, 'utf8'))
      const settled =
        Date.now() - before.changedAtMs > coarsestStepMs && look(path).version === before.version
      if (settled) known.set(path, { version: before.version, checksum })
      else known.delete(path)
      return checksum
    },
    unchanged: (files: readonly Named[]) => {
      const now = new Map<string, string>()
      for (const { name, path } of files) {
        const remembered = known.get(path)
        if (remembered && remembered.version === versionOf(path)) now.set(name, remembered.checksum)
      }
      if (!areEqual(now, last)) last = now
      return last
    },
  })
}

function look(path: string): { readonly version: string; readonly changedAtMs: number } {
  const { dev, ino, size, mtimeNs, ctimeNs, ctimeMs } = statSync(path, { bigint: true })
  return { version: `${dev}:${ino}:${size}:${mtimeNs}:${ctimeNs}`, changedAtMs: Number(ctimeMs) }
}

/** Undefined where it cannot be looked at, which whoever needs the file will be told. */
function versionOf(path: string): string | undefined {
  try {
    return look(path).version
  } catch {
    return undefined
  }
}

function areEqual(one: ReadonlyMap<string, string>, other: ReadonlyMap<string, string>): boolean {
  if (one.size !== other.size) return false
  for (const [name, checksum] of one) if (other.get(name) !== checksum) return false
  return true
}
