import type { Network } from '../src/network/cidr.js'
import type { NamedSecret } from './secrets.js'

/** What `NODE_ENV` and `NEXT_PHASE` say. */
export interface Environment {
  /** `development`, `test`, `staging`, or the value given; `production` where none is. */
  readonly name: string
  /** `production`: secrets are enforced. `lenient`: they are warned about. `build`: nothing is checked or opened. */
  readonly mode: 'production' | 'lenient' | 'build'
  /** `development` and `test`: loopback, embedded PostgreSQL and `.env` files are the defaults. */
  readonly local: boolean
}

/** The bearer tokens, after the rules of `config/secrets.ts` were applied. */
export interface MigrationSecrets {
  readonly current: string | undefined
  readonly previous: string | undefined
  readonly read: string | undefined
  /** False: the door answers 503 `Migration endpoint misconfigured`. */
  readonly usable: boolean
}

/** Where a port is opened. */
export interface Listen {
  readonly host: string
  /** 0 takes a free port. */
  readonly port: number
}

/** The trusted form of the environment. All durations in milliseconds. Frozen. */
export interface Settings {
  readonly environment: Environment
  readonly release: string
  readonly endpoint: boolean
  readonly migrateOnBoot: boolean
  readonly secrets: MigrationSecrets
  /** Every other credential in use, of which no migration secret may be one. */
  readonly compared: readonly NamedSecret[]
  /** Every secret value known to the process, for redaction in logs and alerts. */
  readonly redact: readonly string[]
  /** Empty: nobody is admitted. */
  readonly allowedIps: readonly Network[]
  /** The path where `MIGRATION_ALLOWED_IPS_FILE` names one, to be re-read when its content changes. */
  readonly allowedIpsFile: string | undefined
  readonly trustedProxies: readonly Network[]
  /** `MIGRATION_DATABASE_URL`, else `DATABASE_URL`; undefined: the knexfile's connection, or locally the embedded PostgreSQL. */
  readonly databaseUrl: string | undefined
  /** `KNEXFILE` as it was given; undefined: the first of `knexfileNames` that is there. */
  readonly knexfile: string | undefined
  readonly migrationsDir: string | undefined
  readonly lockTimeoutMs: number
  /** 0: none. */
  readonly statementTimeoutMs: number
  readonly budgetMs: number
  readonly drift: 'warn' | 'refuse'
  readonly waitMs: number
  readonly shutdownGraceMs: number
  readonly schema: string
  readonly ops: Listen
  readonly health: Listen
  readonly tls: { readonly certFile: string; readonly keyFile: string } | undefined
  readonly console: boolean
  readonly sentryDsn: string | undefined
  readonly logLevel: 'error' | 'warn' | 'info' | 'debug'
  readonly logFormat: 'json' | 'pretty'
}
