import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** Where the embedded PostgreSQL of a project is: in it, or where its record says, if root's server cannot enter it. */
export function embeddedPlace(dir: string): string {
  const home = join(dir, '.sallyport')
  const record = join(home, 'location')
  return existsSync(record) ? readFileSync(record, 'utf8').trim() : home
}
