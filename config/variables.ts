import { kinds } from './kinds.js'
import { secret, variable } from './variable.js'

const mebibyte = 1024 * 1024
const hourMs = 3_600_000
/** Longer than any migration that somebody waits for; a day also keeps sums of durations far from the longest timer. */
const dayMs = 24 * hourMs

/** Every variable that Sallyport reads, in the order of the documentation. `.env.example` and the README's table come from it. */
export const variables = Object.freeze({
  MIGRATION_SECRET: secret('The bearer token that may migrate. Required, and used for nothing else'),
  MIGRATION_SECRET_PREVIOUS: secret(
    'Also accepted while rotating; the same rules. Its use is logged, journaled and counted',
  ),
  MIGRATION_READ_SECRET: secret('May only look: `GET`, events, console. Differs from all others'),
  MIGRATION_SECRET_POLICY: variable({
    ...kinds.oneOf(['warn', 'strict']),
    fallback: 'warn',
    doc: '`strict`: a weak secret ends the process in production, too',
  }),
  MIGRATION_ENDPOINT: variable({
    ...kinds.boolean,
    fallback: 'on',
    doc: '`off`: the ops port is not opened and no secret is required; migrations come from the pipeline or from boot',
  }),
  MIGRATE_ON_BOOT: variable({
    ...kinds.boolean,
    fallback: 'true',
    doc: 'Apply pending migrations at cold start',
  }),
  MIGRATION_ALLOWED_IPS: variable({
    ...kinds.networks,
    fallback: '',
    local: '127.0.0.0/8, ::1/128',
    defaultDoc: 'nobody; local: loopback',
    file: true,
    maxBytes: mebibyte,
    mayBeEmpty: true,
    example: '10.8.0.0/16, 203.0.113.7',
    doc: 'Addresses and CIDRs, separated by commas, spaces or lines, with `#` comments. As a file it is re-read when its content changes; bad, empty or vanished content keeps the old list',
  }),
  TRUSTED_PROXIES: variable({
    ...kinds.proxies,
    fallback: '',
    defaultDoc: 'none',
    example: '10.0.0.0/24',
    doc: 'CIDRs whose `X-Forwarded-For` is believed; `true`, `*` and `/0` are malformed',
  }),
  DATABASE_URL: variable({
    ...kinds.url,
    defaultDoc:
      'local: embedded PostgreSQL; else required, unless the next or the knexfile gives the connection',
    doc: 'What the application uses',
  }),
  MIGRATION_DATABASE_URL: variable({
    ...kinds.url,
    defaultDoc: '`DATABASE_URL`',
    doc: 'Used for everything here when set: a direct connection, a role with DDL rights',
  }),
  KNEXFILE: variable({
    ...kinds.path,
    defaultDoc: '`./knexfile.ts`, `.js`, `.mjs`, `.cjs` if there',
    example: './knexfile.ts',
    doc: "The project's knexfile, honoured whole",
  }),
  MIGRATIONS_DIR: variable({
    ...kinds.path,
    defaultDoc: "the knexfile's, else `./migrations`",
    example: './migrations',
    doc: 'Where the migrations are',
  }),
  MIGRATION_LOCK_TIMEOUT: variable({
    // 0 would mean to wait without end, and every query of the application behind it.
    ...kinds.duration({ min: 1, max: hourMs }),
    fallback: '1s',
    doc: '`lock_timeout` of each transactional attempt; the pause between attempts is at least five times that',
  }),
  MIGRATION_STATEMENT_TIMEOUT: variable({
    ...kinds.duration({ min: 0 }),
    fallback: '0',
    doc: '`statement_timeout`; `0` is none',
  }),
  MIGRATION_BUDGET: variable({
    ...kinds.duration({ min: 1, max: dayMs }),
    fallback: '15m',
    doc: 'Bound on waiting and retrying; never cuts work that goes on',
  }),
  MIGRATION_DRIFT: variable({
    ...kinds.oneOf(['warn', 'refuse']),
    fallback: 'warn',
    doc: 'What an edited migration does',
  }),
  MIGRATION_WAIT: variable({
    ...kinds.duration({ min: 0, max: hourMs }),
    fallback: '50s',
    doc: 'How long a POST waits before it answers 202',
  }),
  SHUTDOWN_GRACE: variable({
    ...kinds.duration({ min: 0, max: dayMs }),
    fallback: '25s',
    doc: 'What a run under way gets after SIGTERM',
  }),
  SALLYPORT_SCHEMA: variable({
    ...kinds.schemaName,
    fallback: 'sallyport',
    doc: 'Schema of the bookkeeping tables',
  }),
  PORT: variable({
    ...kinds.port,
    fallback: '7080',
    doc: 'Ops port: everything on it is behind the allowlist. `0` takes a free one',
  }),
  HOST: variable({
    ...kinds.host,
    fallback: '0.0.0.0',
    local: '127.0.0.1',
    doc: 'Address of the ops port',
  }),
  HEALTH_PORT: variable({
    ...kinds.port,
    fallback: '7081',
    doc: 'Probes and metrics; nothing else',
  }),
  HEALTH_HOST: variable({
    ...kinds.host,
    defaultDoc: 'like `HOST`',
    example: '0.0.0.0',
    doc: 'Address of the health port',
  }),
  TLS_CERT_FILE: variable({
    ...kinds.path,
    defaultDoc: '–',
    doc: 'PEM certificate chain: TLS on the ops port, re-read when changed; else TLS ends in front',
  }),
  TLS_KEY_FILE: variable({ ...kinds.path, defaultDoc: '–', doc: 'Its PEM key' }),
  RELEASE: variable({
    ...kinds.releaseName,
    defaultDoc: "version in the application's package.json",
    example: '1.4.0',
    doc: 'In answers, logs, journal, Sentry',
  }),
  CONSOLE: variable({
    ...kinds.boolean,
    fallback: 'off',
    local: 'on',
    doc: 'The page at `GET /`',
  }),
  SENTRY_DSN: variable({
    ...kinds.sentryDsn,
    defaultDoc: '–',
    doc: 'Where alerts go',
  }),
  LOG_LEVEL: variable({
    ...kinds.oneOf(['error', 'warn', 'info', 'debug']),
    fallback: 'info',
    doc: 'The least important lines that are written',
  }),
  LOG_FORMAT: variable({
    ...kinds.oneOf(['json', 'pretty']),
    defaultDoc: '`json`; on a terminal `pretty`',
    example: 'json',
    doc: 'One JSON object a line, or text for people',
  }),
})

/** The name of a variable in the table. */
export type VariableName = keyof typeof variables

/** Read only to compare: none of these may also be a migration secret. */
export const otherSecretNames = Object.freeze([
  'NEXTAUTH_SECRET',
  'AUTH_SECRET',
  'AUTH_SECRET_1',
  'AUTH_SECRET_2',
  'AUTH_SECRET_3',
])
