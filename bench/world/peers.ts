import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The bench's own folder, with a manifest of its own. */
export const benchDirectory = fileURLToPath(new URL('..', import.meta.url))

export type Say = (line: string) => void

/** Whether the peers are there; installs them on first use. False, and said so, where that is not possible. */
export function peersInstalled(say: Say): boolean {
  if (existsSync(join(benchDirectory, 'node_modules/umzug'))) return true
  say('Installing the peers (npm ci in bench/) …')
  try {
    execFileSync('npm', ['ci', '--no-audit', '--no-fund', '--ignore-scripts'], {
      cwd: benchDirectory,
      stdio: ['ignore', 'ignore', 'pipe'],
      timeout: 300_000,
    })
    return true
  } catch (error) {
    const { stderr } = error as { readonly stderr?: Buffer }
    say(`The peers could not be installed; what needs them is left out.\n${String(stderr ?? error).trim()}`)
    return false
  }
}

/** Versions of what is compared, as installed. */
export function versionsOf(names: readonly string[]): Readonly<Record<string, string>> {
  const found = names.flatMap((name) => {
    const manifest = [benchDirectory, join(benchDirectory, '..')]
      .map((root) => join(root, 'node_modules', name, 'package.json'))
      .find((path) => existsSync(path))
    if (manifest === undefined) return []
    return [[name, (JSON.parse(readFileSync(manifest, 'utf8')) as { readonly version: string }).version]]
  })
  return Object.freeze(Object.fromEntries(found) as Record<string, string>)
}
