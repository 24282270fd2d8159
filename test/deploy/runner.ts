import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { root } from '../repository/sources.js'
import { start, type Spawned } from '../support/processes.js'
import { secret } from '../support/server.js'

/** What the action finds on a runner. */
export interface Runner {
  /** Starts the action in the checked out project, with the inputs as variables. */
  start(url: string, cwd: string, env: Readonly<Record<string, string>>): Spawned
  summary(): string
  outputs(): Readonly<Record<string, string>>
  destroy(): void
}

/** A runner with its files for outputs and summary. */
export function createRunner(): Runner {
  const dir = mkdtempSync(join(tmpdir(), 'sallyport-action-'))
  const written = (file: string) => readFileSync(join(dir, file), 'utf8')
  return Object.freeze({
    start: (url: string, cwd: string, env: Readonly<Record<string, string>>) => {
      for (const file of ['output', 'summary']) writeFileSync(join(dir, file), '')
      return start(process.execPath, [join(root, 'deploy/github-action/migrate.mjs')], {
        cwd,
        env: {
          SALLYPORT_URL: `${url}/api/migrate`,
          MIGRATION_SECRET: secret,
          GITHUB_OUTPUT: join(dir, 'output'),
          GITHUB_STEP_SUMMARY: join(dir, 'summary'),
          ...env,
        },
      })
    },
    summary: () => written('summary'),
    outputs: () =>
      Object.fromEntries(
        [...written('output').matchAll(/^([\w-]+)<<(.+)\n([^]*?)\n\2$/gm)].map(
          ([, name = '', , value = '']) => [name, value],
        ),
      ),
    destroy: () => rmSync(dir, { recursive: true, force: true }),
  })
}
