import { createPrivateKey, X509Certificate } from 'node:crypto'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { EnvironmentVariables } from './environment.js'
import { readPem } from './file.js'
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

type TlsFiles = NonNullable<Settings['tls']>

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

function checkTls({ settings: { tls }, reader, env, cwd }: CrossCheckOptions): void {
  if (tls !== undefined) {
    checkTlsFiles(tls, reader, cwd)
    return
  }
  const given = ['TLS_CERT_FILE', 'TLS_KEY_FILE'].filter((name) => env[name])
  if (given.length !== 1) return
  const absent = given[0] === 'TLS_CERT_FILE' ? 'TLS_KEY_FILE' : 'TLS_CERT_FILE'
  reader.note(
    malformed(absent, 'both TLS_CERT_FILE and TLS_KEY_FILE, or neither', `only ${String(given[0])} is set`),
  )
}

/** Said with all the rest, before anything is opened; the server reads the pair once more when it uses it. */
function checkTlsFiles({ certFile, keyFile }: TlsFiles, reader: Reader, cwd: string): void {
  const [cert, key] = [
    ['TLS_CERT_FILE', certFile, 'certificate chain'] as const,
    ['TLS_KEY_FILE', keyFile, 'unencrypted key'] as const,
  ].map(([variable, path, what]) => {
    const read = readPem(path, cwd)
    if ('text' in read) return read.text
    const message = `the file that ${variable} names ${read.problem}`
    const remedy = `Give the path of a PEM ${what} that this user may read.`
    reader.note(issue({ code: 'setting_unreadable', severity: 'fatal', variable, message, remedy }))
    return undefined
  })
  if (cert === undefined || key === undefined || fits(cert, key)) return
  reader.note(
    malformed(
      'TLS_KEY_FILE',
      'the unencrypted PEM key of the certificate in TLS_CERT_FILE',
      'they do not fit',
    ),
  )
}

function fits(cert: string, key: string): boolean {
  try {
    return new X509Certificate(cert).checkPrivateKey(createPrivateKey(key))
  } catch {
    return false
  }
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
