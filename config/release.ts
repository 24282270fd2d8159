import { readSmallFile } from './file.js'
import { releaseName } from './parse/text.js'

/** The version in the package.json of `cwd`; `unknown` where there is none. */
export function packageVersion(cwd: string): string {
  const file = readSmallFile('package.json', { cwd, maxBytes: 1024 * 1024 })
  if (!('text' in file)) return 'unknown'
  try {
    const { version } = JSON.parse(file.text) as { readonly version?: unknown }
    const parsed = typeof version === 'string' ? releaseName(version) : undefined
    return parsed && 'value' in parsed ? parsed.value : 'unknown'
  } catch {
    return 'unknown'
  }
}
