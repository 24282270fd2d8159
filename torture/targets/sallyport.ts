import { fileURLToPath } from 'node:url'
import { join } from 'node:path'

import type { Ended } from '../machine/child.js'
import type { Answer, Call, Target } from './target.js'
import { bareEnvironment } from './target.js'

/** The command line as `npm run build` leaves it. */
export const builtProgram = fileURLToPath(new URL('../../dist/src/cli/main.js', import.meta.url))

/** `MIGRATION_LOCK_TIMEOUT` of every call. */
export const sallyportLockTimeoutMs = 300

/** What a killed session or server may honestly make a caller say; everything else is a wrong answer. */
const afterLoss = new Set([
  'interrupted',
  'database_unavailable',
  'journal_unavailable',
  'migration_failed',
  'cancelled',
  'blocked',
])

/** Sallyport's command line in its pipeline mode. `program` is another build of it, for instance an older one. */
export const sallyportTarget = (program = builtProgram): Target =>
  Object.freeze({
    name: 'sallyport',
    command: (call: Call) => ({
      file: process.execPath,
      args: [program, 'migrate', '--json', ...resolveOptions(call)],
      env: sallyportEnvironment(call),
      cwd: call.home,
    }),
    read,
    excusable: (answer: Answer) => afterLoss.has(answer.code),
  })

/** Production, so that no local default (an embedded database, `.env` files) can mix in. */
export const sallyportEnvironment = (call: Call): Record<string, string> => ({
  ...bareEnvironment(call),
  NODE_ENV: 'production',
  DATABASE_URL: call.url,
  MIGRATIONS_DIR: join(call.home, 'migrations'),
  MIGRATION_BUDGET: `${call.budgetMs}ms`,
  MIGRATION_LOCK_TIMEOUT: `${sallyportLockTimeoutMs}ms`,
  LOG_FORMAT: 'json',
  LOG_LEVEL: 'info',
})

const resolveOptions = ({ resolve }: Call): readonly string[] =>
  resolve
    ? ['--resolve', `${resolve.name}=${resolve.as}`, '--reason', 'the rig looked into the database']
    : []

function read(ended: Ended): Answer {
  const body = lastObject(ended.stdout)
  const code = codeOf(ended, body)
  const names = body?.['unresolved']
  return Object.freeze({
    verdict: verdictOf(ended, code),
    code,
    names: Array.isArray(names) ? names.map(String) : [],
    detail: body ? JSON.stringify(body).slice(0, 600) : ended.stderr.trim().slice(-600),
    blockers: pids(body?.['blockers']),
    exit: ended.code,
    ms: ended.ms,
  })
}

function codeOf({ signal }: Ended, body: Record<string, unknown> | undefined): string {
  if (signal) return 'killed'
  const code = body?.['success'] === true ? body['status'] : body?.['code']
  return typeof code === 'string' ? code : 'no answer'
}

/** Body and exit code have to agree; a success with a failing exit code is a failure, and so is the reverse. */
function verdictOf({ code: exit, signal }: Ended, code: string): Answer['verdict'] {
  if (signal) return 'killed'
  if (code === 'applied' || code === 'up_to_date') return exit === 0 ? 'done' : 'failed'
  return code === 'unresolved' && exit === 7 ? 'asked' : 'failed'
}

function pids(blockers: unknown): number[] {
  if (!Array.isArray(blockers)) return []
  return blockers.map((one) => Number((one as Record<string, unknown>)['pid']))
}

/** The result on stdout, in one line or indented. */
function lastObject(stdout: string): Record<string, unknown> | undefined {
  for (const text of [stdout, stdout.trim().split('\n').at(-1) ?? '']) {
    try {
      const value: unknown = JSON.parse(text)
      if (value && typeof value === 'object') return value as Record<string, unknown>
    } catch {
      // not this form
    }
  }
  return undefined
}
