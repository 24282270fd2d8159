import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { execFile } from 'node:child_process'

import type { Tally } from '../../torture/campaign/tally.js'

const root = resolve(__dirname, '../..')

/** How the rig ended. */
export interface RigRun {
  readonly code: number
  readonly output: string
}

/** Runs the rig as a person does, without a package manager in between. It is ended after `limitMs`. */
export function rig(args: readonly string[], limitMs: number): Promise<RigRun> {
  const file = join(root, 'node_modules/jiti/lib/jiti-cli.mjs')
  return new Promise((settle) => {
    execFile(
      process.execPath,
      [file, join(root, 'torture/main.ts'), ...args],
      // SIGTERM lets it end its servers
      { cwd: root, timeout: limitMs, killSignal: 'SIGTERM', maxBuffer: 10_000_000 },
      (error, stdout, stderr) =>
        settle({ code: error ? Number(error.code ?? 1) : 0, output: `${stdout}${stderr}` }),
    )
  })
}

/** Runs a campaign of kills and reads its figures. Throws with the rig's output where it wrote none. */
export async function campaignFigures(
  args: readonly string[],
  limitMs: number,
): Promise<RigRun & { readonly tally: Tally }> {
  const directory = mkdtempSync(join(tmpdir(), 'sallyport-figures-'))
  try {
    const json = join(directory, 'figures.json')
    const run = await rig([...args, '--json', json], limitMs)
    return { ...run, tally: read(json, run.output) }
  } finally {
    rmSync(directory, { recursive: true, force: true })
  }
}

function read(json: string, output: string): Tally {
  try {
    return JSON.parse(readFileSync(json, 'utf8')) as Tally
  } catch {
    throw new Error(`no figures: ${output}`)
  }
}
