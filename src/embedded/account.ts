import { execFileSync } from 'node:child_process'
import type { Logger } from '../observe/logger.js'
import { EmbeddedError } from './errors.js'

/** The system user that runs the server in place of root, whom PostgreSQL refuses. */
export interface Account {
  readonly name: string
  readonly uid: number
  readonly gid: number
}

/** The little that system tools and PostgreSQL's programs are given of an environment. */
export const toolEnvironment = Object.freeze({ PATH: '/usr/sbin:/usr/bin:/sbin:/bin', LC_ALL: 'C' })

/** Debian, Fedora and the like; then Alpine's BusyBox. */
const creations: readonly (readonly (readonly [string, ...string[]])[])[] = [
  [
    ['groupadd', '--system', 'postgres'],
    [
      'useradd',
      '--system',
      '--gid',
      'postgres',
      '--no-create-home',
      '--home-dir',
      '/nonexistent',
      'postgres',
    ],
  ],
  [
    ['addgroup', '-S', 'postgres'],
    ['adduser', '-S', '-D', '-H', '-G', 'postgres', 'postgres'],
  ],
]

/**
 * The account to run PostgreSQL as: undefined (ourselves) for an ordinary user; for root `postgres`, which is created
 * where it is missing, else `nobody`. Throws `EmbeddedError` where there is none.
 */
export function serverAccount(logger: Logger): Account | undefined {
  if (process.getuid?.() !== 0) return undefined
  const account = lookUp('postgres') ?? lookUp('_postgres') ?? create(logger) ?? lookUp('nobody')
  if (account !== undefined) return account
  throw new EmbeddedError(
    'PostgreSQL refuses to run as root, and this machine has neither a user "postgres" nor "nobody". ' +
      'Run as an ordinary user, or set DATABASE_URL.',
    { exitCode: 78 },
  )
}

function lookUp(name: string): Account | undefined {
  try {
    const number = (flag: string): number => Number(run('id', flag, name).trim())
    const [uid, gid] = [number('-u'), number('-g')]
    return uid > 0 ? Object.freeze({ name, uid, gid }) : undefined
  } catch {
    return undefined
  }
}

function create(logger: Logger): Account | undefined {
  logger.info('PostgreSQL refuses to run as root: creating the system user "postgres" to run it (useradd)')
  for (const commands of creations) {
    try {
      for (const [program, ...rest] of commands) run(program, ...rest)
    } catch {
      // The group may exist already, or the tool is of the other family: what counts is whether the user is there.
    }
    const account = lookUp('postgres')
    if (account !== undefined) return account
  }
  logger.warn('the user "postgres" could not be created: "nobody" runs PostgreSQL instead')
  return undefined
}

function run(program: string, ...rest: readonly string[]): string {
  return execFileSync(program, rest, {
    encoding: 'utf8',
    env: toolEnvironment,
    stdio: ['ignore', 'pipe', 'ignore'],
  })
}
