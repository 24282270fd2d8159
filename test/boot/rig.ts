import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { root, start, type Exit } from '../support/processes.js'

export const secret = randomBytes(32).toString('hex')
export const password = 'S3cret-of-the-database'

/** An environment in which a start has nothing to say but that it was good. */
export const good = {
  NODE_ENV: 'production',
  MIGRATION_SECRET: secret,
  NEXTAUTH_SECRET: randomBytes(32).toString('hex'),
  DATABASE_URL: `postgres://app:${password}@127.0.0.1:1/app`,
  MIGRATION_ALLOWED_IPS: '10.8.0.0/16, 203.0.113.7, 2001:db8::/48',
  RELEASE: '1.4.0',
}

/** One line of the log. */
export interface Line {
  readonly level: string
  readonly message: string
  readonly code?: string
  readonly [field: string]: unknown
}

export interface Booted extends Exit {
  readonly output: string
  readonly lines: readonly Line[]
  /** Whether the host went on after `boot`, and what it got. */
  readonly wentOn: string | undefined
}

/** The host application's working directory. */
export const cwd = mkdtempSync(join(tmpdir(), 'sallyport-boot-'))
afterAll(() => rmSync(cwd, { recursive: true, force: true }))

const built = (path: string): string => JSON.stringify(pathToFileURL(join(root, 'dist', path)).href)

/** A host application: boots, then says that it would listen now. */
const host = `
  import { boot } from ${built('src/boot/boot.js')}
  const settings = await boot(process.env)
  console.log('WENT ON ' + JSON.stringify(settings?.secrets ?? null))
`

/** Runs a host application, or another program, with the built code and this environment only. */
export async function booted(env: Readonly<Record<string, string>>, program = host): Promise<Booted> {
  const child = start(process.execPath, ['--input-type=module', '--eval', program], { cwd, env })
  const exit = await child.exit
  const wentOn = /^WENT ON (.*)$/m.exec(child.stdout())?.[1]
  const lines = child
    .stdout()
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line) as Line)
  return { ...exit, output: child.output(), lines, wentOn }
}

/** A program that uses built modules: `MODULE(path)` and `SENTRY` become import specifiers. */
export function programOf(text: string): string {
  const sentry = pathToFileURL(join(root, 'node_modules/@sentry/node/build/esm/index.js')).href
  return text
    .replaceAll('SENTRY', JSON.stringify(sentry))
    .replaceAll(/MODULE\('([^']+)'\)/g, (_whole, path: string) => built(path))
}
