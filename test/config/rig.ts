import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { EnvironmentVariables } from '../../config/environment.js'
import { loadConfig, type LoadedConfig, type LoadOptions } from '../../config/load.js'

/** A secret with nothing wrong about it. */
export const secret = randomBytes(32).toString('hex')

/** An environment with nothing wrong about it. */
export const good = {
  NODE_ENV: 'production',
  MIGRATION_SECRET: secret,
  NEXTAUTH_SECRET: randomBytes(32).toString('hex'),
  DATABASE_URL: 'postgres://app:s3cret%40pw@db.internal/app?sslmode=verify-full',
  MIGRATION_ALLOWED_IPS: '10.8.0.0/16, 203.0.113.7 # the VPN, the runner',
}

/** An empty directory for each test; removed after it. */
export const place = { cwd: '' }

beforeEach(() => {
  place.cwd = mkdtempSync(join(tmpdir(), 'sallyport-config-'))
})
afterEach(() => rmSync(place.cwd, { recursive: true, force: true }))

export function load(env: EnvironmentVariables, options: Partial<LoadOptions> = {}): LoadedConfig {
  return loadConfig(env, { cwd: place.cwd, ...options })
}

/** The issues as `severity code variable`. */
export function found(env: EnvironmentVariables, options?: Partial<LoadOptions>): string[] {
  return load(env, options).issues.map(
    ({ severity, code, variable }) => `${severity} ${code} ${variable ?? '-'}`,
  )
}

/** Writes a file into the test's directory; returns its path. */
export function write(name: string, content: string | Buffer): string {
  const path = join(place.cwd, name)
  writeFileSync(path, content)
  return path
}
