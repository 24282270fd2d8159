import { randomBytes } from 'node:crypto'
import { chmodSync, existsSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseDotenv } from '../../config/dotenv.js'
import type { Terminal } from './terminal.js'

/** What became of `.env.local`. Names only, never a value. */
export interface EnvLocal {
  readonly path: string
  readonly created: boolean
  /** Variables that were given a fresh secret. */
  readonly added: readonly string[]
  /** Variables that had a value already, which was kept. */
  readonly kept: readonly string[]
}

const variables = [
  { name: 'MIGRATION_SECRET', comment: 'The bearer token that may migrate.' },
  { name: 'MIGRATION_READ_SECRET', comment: 'The bearer token that may only look.' },
] as const

const header = '# Local secrets, made by `sallyport init`. Not for production, and never to be committed.\n'

/** Adds what is missing to `.env.local` in `dir`, with mode 0600; never replaces a value. Throws system errors. */
export function writeEnvLocal(dir: string): EnvLocal {
  const path = join(dir, '.env.local')
  const created = !existsSync(path)
  const before = created ? header : readFileSync(path, 'utf8')
  const present = parseDotenv(before)
  const missing = variables.filter(({ name }) => !present[name]?.trim())
  if (missing.length > 0) write(path, missing.reduce(withSecret, before), created)
  else chmodSync(path, 0o600)
  return Object.freeze({
    path,
    created,
    added: missing.map(({ name }) => name),
    kept: variables.filter((variable) => !missing.includes(variable)).map(({ name }) => name),
  })
}

/** The same in the working directory; where the system refuses, says so on stderr and returns undefined. */
export function makeEnvLocal({ cwd, err }: Pick<Terminal, 'cwd' | 'err'>): EnvLocal | undefined {
  try {
    return writeEnvLocal(cwd)
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : undefined
    if (code === undefined) throw error
    err.write(
      `Cannot write the secrets to ${join(cwd, '.env.local')} (${code}). Go to a directory where you may, or set MIGRATION_SECRET yourself: \`openssl rand -hex 32\`.\n`,
    )
    return undefined
  }
}

function withSecret(text: string, { name, comment }: (typeof variables)[number]): string {
  const line = `${name}=${randomBytes(32).toString('hex')}`
  const blank = new RegExp(`^(?:export )?${name}=[ \\t\\r]*$`, 'm')
  if (blank.test(text)) return text.replace(blank, line)
  const gap = text === '' || text.endsWith('\n') ? '' : '\n'
  return `${text}${gap}\n# ${comment}\n${line}\n`
}

function write(path: string, text: string, created: boolean): void {
  // `wx`: of two processes that begin at once, the second must not replace the secret that the first prints a line for.
  if (created) {
    writeFileSync(path, text, { mode: 0o600, flag: 'wx' })
    return
  }
  const fresh = `${path}.new`
  rmSync(fresh, { force: true })
  writeFileSync(fresh, text, { mode: 0o600, flag: 'wx' })
  renameSync(fresh, path)
}
