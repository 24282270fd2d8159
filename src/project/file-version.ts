import { statSync, type BigIntStats } from 'node:fs'

/** Throws the system's error. */
export function versionOf(path: string): BigIntStats {
  return statSync(path, { bigint: true })
}

/** Size, inode and the times of the last change, of which nobody can set back the second. */
export function isSame(one: BigIntStats, other: BigIntStats): boolean {
  return (
    one.ctimeNs === other.ctimeNs &&
    one.mtimeNs === other.mtimeNs &&
    one.size === other.size &&
    one.ino === other.ino &&
    one.dev === other.dev
  )
}

/** False also where it cannot be looked at, which whoever needs it will be told. */
export function isStill(version: BigIntStats, path: string): boolean {
  try {
    return isSame(version, versionOf(path))
  } catch {
    return false
  }
}
