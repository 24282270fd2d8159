import type { BlockingSession } from './watch.js'

/** What an error from the database or on the way to it means for a run. */
export interface DatabaseFault {
  /**
   * `unavailable`: later may do. `misconfigured`: somebody must change something. `retryable`: the same transaction
   * may succeed. `cancelled`, `timeout`: the statement was ended. `statement`: the statement itself is wrong.
   */
  readonly kind: 'unavailable' | 'misconfigured' | 'retryable' | 'cancelled' | 'timeout' | 'statement'
  readonly sqlState: string | undefined
  /** The server's primary message, or what happened on the way; no statement, bindings, detail, connection string. */
  readonly message: string
}

interface PgError extends Error {
  readonly code?: string
  readonly severity?: string
  readonly routine?: string
  readonly address?: string
  readonly port?: number
  readonly hostname?: string
  readonly syscall?: string
  readonly path?: string
}

/** PostgreSQL manual, Appendix A: classes whose cause is that the server can't serve now. */
const unavailableStates = /^(?:08|53|57P0|58|25006|25P03|XX000)/
/** Wrong password, no such database, missing right, no such role, invalid schema name. */
const misconfiguredStates = /^(?:28|3D000|42501|3F000|0A000$)/
const networkCodes =
  /^(?:ECONN|EHOST|ENET|ENOTFOUND|EAI_|ETIMEDOUT|EPIPE|EADDR|ENOENT|EACCES|SELF_SIGNED|DEPTH_ZERO|CERT_|ERR_TLS|UNABLE_TO)/
const tlsCodes = /^(?:SELF_SIGNED|DEPTH_ZERO|CERT_|ERR_TLS|UNABLE_TO)/

/** What pg, its pool and knex say, without a code, of a connection that is gone or never came; we say the last. */
const driverSays =
  /^(?:Connection terminated|Client (?:was closed|has encountered)|timeout e|(?:Knex: )?Timeout acquiring|connection lost|the connection was closed)/i

/** Classifies any error thrown by pg, knex or the network. */
export function faultOf(thrown: unknown): DatabaseFault {
  const error = rootOf(thrown)
  const sqlState = sqlStateOf(error)
  return { kind: kindOf(error, sqlState), sqlState, message: primaryMessage(error, sqlState) }
}

/** Whether the connection that gave this error can be expected to be gone. */
export function isConnectionLoss(thrown: unknown): boolean {
  const error = rootOf(thrown)
  const sqlState = sqlStateOf(error)
  if (sqlState !== undefined) return /^(?:08|57P0[1-5]|25P03|25P04)/.test(sqlState)
  return kindOf(error, undefined) === 'unavailable'
}

function kindOf(error: PgError, sqlState: string | undefined): DatabaseFault['kind'] {
  if (sqlState === undefined) return networkKind(error)
  if (sqlState === '55P03' || sqlState === '40P01' || sqlState === '40001') return 'retryable'
  if (sqlState === '57014') return isTimeout(error) ? 'timeout' : 'cancelled'
  if (misconfiguredStates.test(sqlState)) return 'misconfigured'
  if (unavailableStates.test(sqlState)) return 'unavailable'
  return 'statement'
}

function networkKind(error: PgError): DatabaseFault['kind'] {
  if (error.code !== undefined && tlsCodes.test(error.code)) return 'misconfigured'
  if (isOfFile(error)) return 'misconfigured'
  if (/server does not support SSL|no pg_hba|SASL|password must be a string/i.test(error.message))
    return 'misconfigured'
  if (error.code !== undefined && networkCodes.test(error.code)) return 'unavailable'
  return driverSays.test(lastPart(error.message)) ? 'unavailable' : 'statement'
}

/** A file that cannot be read: a certificate, or what a migration reads. The socket of a server has a path, too. */
function isOfFile({ path, syscall }: PgError): boolean {
  return path !== undefined && syscall !== undefined && !['connect', 'read', 'write'].includes(syscall)
}

/** Five characters from Appendix A; Node's own codes are longer or carry no digit class. */
function sqlStateOf(error: PgError): string | undefined {
  return error.severity !== undefined && error.code !== undefined && /^[0-9A-Z]{5}$/.test(error.code)
    ? error.code
    : undefined
}

const asServerSaid = new WeakMap<object, string>()

/** Called where an error comes from the wire: knex puts the statement and its bindings before the message later. */
export function keepMessage(error: unknown): void {
  if (typeof error !== 'object' || error === null || asServerSaid.has(error)) return
  asServerSaid.set(error, String((error as { message?: unknown }).message))
}

const elapsed = new WeakMap<object, number>()
const outlasted = new WeakSet<object>()

/** Called with the milliseconds that the statement took which ended with this error. */
export function keepElapsed(error: unknown, ms: number): void {
  if (typeof error === 'object' && error !== null && !elapsed.has(error)) elapsed.set(error, ms)
}

/**
 * A cancelled statement has the same SQLSTATE whether it took too long or somebody cancelled it, and what it says comes in
 * the server's language (`lc_messages`). Told apart by the time that it took, where `limitMs` (0: none) was set for it.
 */
export function noteTimeLimit(thrown: unknown, limitMs: number): void {
  const error = rootOf(thrown)
  if (limitMs > 0 && (elapsed.get(error) ?? 0) >= limitMs) outlasted.add(error)
}

function isTimeout(error: PgError): boolean {
  return outlasted.has(error) || error.message.includes('statement timeout')
}

/** Only what the server said goes on. */
function primaryMessage(error: PgError, sqlState: string | undefined): string {
  const said = asServerSaid.get(error)
  if (sqlState !== undefined) return said ?? lastPart(error.message)
  const place = error.address ?? error.hostname
  if (place !== undefined && error.code !== undefined && networkCodes.test(error.code) && !isOfFile(error)) {
    return `${error.code} at ${place}${error.port === undefined ? '' : `:${error.port}`}`
  }
  return (said ?? lastPart(error.message)).slice(0, 300)
}

function lastPart(message: string): string {
  const at = message.lastIndexOf(' - ')
  const looksLikeSql =
    at > 0 &&
    /^\s*(?:\/\*|(?:select|insert|update|delete|create|alter|drop|with|begin|set|truncate|do|grant|comment|commit|rollback|savepoint|release|call|lock|refresh|reindex|vacuum)\b)/i.test(
      message,
    )
  return looksLikeSql ? message.slice(at + 3) : message
}

/** Told by its form: an error of another realm, or of a second copy of a library, is one too. */
function rootOf(thrown: unknown): PgError {
  // An `AggregateError` comes from a host name with several addresses, of which every one refused.
  const first: unknown = (thrown as { errors?: unknown[] } | undefined)?.errors?.[0] ?? thrown
  const isError = typeof first === 'object' && first !== null && 'message' in first
  return isError ? (first as PgError) : new Error(String(thrown))
}

/** The table of migrations, or one of the bookkeeping, is locked so that it cannot be read. */
export class TablesLockedError extends Error {
  override readonly name = 'TablesLockedError'
  readonly blockers: readonly BlockingSession[]

  constructor(blockers: readonly BlockingSession[], cause: unknown) {
    super('a table that is to be read is locked by another session', { cause })
    this.blockers = blockers
  }
}
