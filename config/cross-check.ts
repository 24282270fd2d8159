import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { EnvironmentVariables } from './environment.js'
import { issue } from './issue.js'
import { malformed, type Reader } from './reader.js'
import type { Settings } from './settings.js'

export interface CrossCheckOptions {
  readonly settings: Settings
  /** Gets the problems. */
  readonly reader: Reader
  readonly env: EnvironmentVariables
  readonly cwd: string
  /** Whether the ops port is going to be opened. */
  readonly listens: boolean
}

const knexfiles = ['knexfile.ts', 'knexfile.js', 'knexfile.mjs', 'knexfile.cjs']

/** Notes what is wrong between settings that are right each by itself. */
export function crossCheck(options: CrossCheckOptions): void {
  checkDatabase(options)
  if (!options.listens) return
  checkPorts(options)
  checkTls(options)
  checkAllowlist(options)
}

function checkDatabase({ settings, reader, env, cwd }: CrossCheckOptions): void {
  const { databaseUrl, environment, knexfile } = settings
  const knexfileThere = knexfile !== undefined || knexfiles.some((name) => existsSync(join(cwd, name)))
  // A URL that was given and is malformed has been reported as such.
  const given = ['DATABASE_URL', 'MIGRATION_DATABASE_URL'].some((name) => env[name] || env[`${name}_FILE`])
  if (databaseUrl !== undefined || given || knexfileThere || environment.local) return
  reader.note(
    issue({
      code: 'setting_missing',
      severity: 'fatal',
      variable: 'DATABASE_URL',
      message: 'DATABASE_URL is not set, nor MIGRATION_DATABASE_URL, and there is no knexfile',
      remedy: 'Set DATABASE_URL to postgresql://USER:PASSWORD@HOST:5432/DATABASE.',
    }),
  )
}

function checkPorts({ settings: { ops, health }, reader }: CrossCheckOptions): void {
  if (ops.port === 0 || ops.port !== health.port) return
  reader.note(malformed('HEALTH_PORT', 'another port than PORT', 'it is the same as PORT'))
}

function checkTls({ settings, reader, env }: CrossCheckOptions): void {
  const given = ['TLS_CERT_FILE', 'TLS_KEY_FILE'].filter((name) => env[name])
  if (settings.tls !== undefined || given.length !== 1) return
  const absent = given[0] === 'TLS_CERT_FILE' ? 'TLS_KEY_FILE' : 'TLS_CERT_FILE'
  reader.note(
    malformed(absent, 'both TLS_CERT_FILE and TLS_KEY_FILE, or neither', `only ${String(given[0])} is set`),
  )
}

function checkAllowlist({ settings, reader }: CrossCheckOptions): void {
  const reported = reader.issues.some(({ variable }) => variable === 'MIGRATION_ALLOWED_IPS')
  if (settings.allowedIps.length > 0 || reported) return
  reader.note(
    issue({
      code: 'allowlist_empty',
      severity: 'error',
      variable: 'MIGRATION_ALLOWED_IPS',
      message: 'MIGRATION_ALLOWED_IPS names no address: NOBODY is admitted to the ops port',
      remedy:
        "Name the VPN's and the CI runners' addresses, such as 10.8.0.0/16, or set MIGRATION_ENDPOINT=off.",
    }),
  )
}
