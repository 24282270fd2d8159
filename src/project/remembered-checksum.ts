import { readFileSync, type BigIntStats } from 'node:fs'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { sourceChecksum } from './checksum.js'
import { isSame, isStill, versionOf } from './file-version.js'

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
  readonly version: BigIntStats
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
 * To read and cut up a file costs a hundred times as much as to look whether it is still the same one. Small files are read
 * in a tenth of the time that the thread pool's way takes; the event loop turns between them.
 */
export function rememberingChecksums(): FileChecksums {
  const known = new Map<string, Remembered>()
  let turned = 0
  let last: ReadonlyMap<string, string> = new Map()
  const ifUnchanged = (path: string): string | undefined => {
    const remembered = known.get(path)
    if (remembered === undefined) return undefined
    return isStill(remembered.version, path) ? remembered.checksum : undefined
  }
  return Object.freeze({
    of: async (path: string) => {
      const before = versionOf(path)
      const remembered = known.get(path)
      if (remembered && isSame(remembered.version, before)) return remembered.checksum
      if (performance.now() - turned > turnMs) {
        await nextTurn()
        turned = performance.now()
      }
      const checksum = sourceChecksum(readFileSync(path, 'utf8'))
      const settled = Date.now() - Number(before.ctimeMs) > coarsestStepMs
      if (settled && isSame(before, versionOf(path))) {
        known.set(path, { version: before, checksum })
      } else known.delete(path)
      return checksum
    },
    unchanged: (files: readonly Named[]) => {
      const now = files.map(({ path }) => ifUnchanged(path))
      if (!holds(last, files, now)) last = mapOf(files, now)
      return last
    },
  })
}

type Checksums = readonly (string | undefined)[]

/** Whether the map holds the known ones of these and nothing else. */
function holds(map: ReadonlyMap<string, string>, files: readonly Named[], checksums: Checksums): boolean {
  const isEqual = files.every(({ name }, index) => map.get(name) === checksums[index])
  return isEqual && map.size === checksums.filter((checksum) => checksum !== undefined).length
}

function mapOf(files: readonly Named[], checksums: Checksums): ReadonlyMap<string, string> {
  const pairs = files.map(({ name }, index) => [name, checksums[index]] as const)
  return new Map(pairs.filter((pair): pair is [string, string] => pair[1] !== undefined))
}
