import { createHash } from 'node:crypto'
import { canonical } from './record.js'

/** The fingerprint of what was configured, as `sha256:` and 64 hexadecimal digits: equal for equal values. */
export function fingerprintOf(configured: unknown): string {
  return `sha256:${createHash('sha256').update(canonical(configured)).digest('hex')}`
}
