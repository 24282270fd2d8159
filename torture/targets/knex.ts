import { createRequire } from 'node:module'
import { join } from 'node:path'

import type { Ended } from '../machine/child.js'
import type { Answer, Call, Target } from './target.js'
import { bareEnvironment } from './target.js'

const require = createRequire(import.meta.url)

/** knex's own command line, as installed here: what the figures are measured against. */
export const knexTarget: Target = Object.freeze({
  name: 'knex',
  command: (call: Call) => ({
    file: process.execPath,
    args: [require.resolve('knex/bin/cli.js'), 'migrate:latest', ...knexOptions(call.url, call.home)],
    env: bareEnvironment(call),
    cwd: call.home,
  }),
  read: (ended: Ended): Answer => {
    const verdict = ended.signal ? 'killed' : ended.code === 0 ? 'done' : 'failed'
    const lines = `${ended.stderr}\n${ended.stdout}`
      .split('\n')
      .filter((line) => line && !/^\s+at /.test(line))
    const detail = lines.slice(0, 2).join(' / ')
    return Object.freeze({
      verdict,
      code: verdict === 'failed' ? `exit ${ended.code}` : verdict,
      names: [],
      detail: detail.slice(0, 300),
      blockers: [],
      exit: ended.code,
      ms: ended.ms,
    })
  },
  // it has one way to fail, whatever the reason
  excusable: () => true,
})

/** The options by which knex's command line needs no knexfile. */
export const knexOptions = (url: string, home: string): readonly string[] => [
  '--client',
  'pg',
  '--connection',
  url,
  '--migrations-directory',
  join(home, 'migrations'),
]
