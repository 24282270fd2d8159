import { z } from 'zod'
import { readSmallFile } from './file.js'
import { releaseName } from './parse/text.js'

const manifest = z.object({ version: releaseName })

/** The version in the package.json of `cwd`; `unknown` where there is none. */
export function packageVersion(cwd: string): string {
  const file = readSmallFile('package.json', { cwd, maxBytes: 1024 * 1024 })
  if (!('text' in file)) return 'unknown'
  try {
    const parsed = manifest.safeParse(JSON.parse(file.text))
    return parsed.success ? parsed.data.version : 'unknown'
  } catch {
    return 'unknown'
  }
}
