import { faultOf, TablesLockedError, type DatabaseFault } from '../postgres/errors.js'
import { UnsupportedServerError } from '../postgres/hub.js'
import { FilesInvalidError } from '../project/failure.js'
import type { FailureCode } from '../problems/catalog.js'
import type { Failed, FailureFields } from './outcome.js'

/** A failure that the engine itself decides on; carried as an error to where it becomes a returned value. */
export class RunFailure extends Error {
  override readonly name = 'RunFailure'
  readonly failed: Failed

  constructor(code: FailureCode, detail: string, fields: FailureFields = {}, cause?: unknown) {
    super(detail, { cause })
    this.failed = failed(code, detail, fields, cause)
  }
}

export function failed(
  code: FailureCode,
  detail: string,
  fields: FailureFields = {},
  cause?: unknown,
): Failed {
  return Object.freeze({ status: 'failed', code, detail, fields, ...(cause === undefined ? {} : { cause }) })
}

/** The same without the secret values that somebody's code or a server may have put into its words. */
export function withoutSecrets(failure: Failed, redact: (text: string) => string = (text) => text): Failed {
  const { detail, fields } = failure
  const { message } = fields
  if (!message) return Object.freeze({ ...failure, detail: redact(detail) })
  // On its own first: it was cut at some length, perhaps in the midst of a secret, and the detail quotes it so.
  const clean = redact(message)
  return Object.freeze({
    ...failure,
    detail: redact(detail.replaceAll(message, () => clean)),
    fields: { ...fields, message: clean },
  })
}

/** Any error of a run or of an attempt to start one, as the value that callers are told. */
export function failedFrom(error: unknown): Failed {
  if (error instanceof RunFailure) return error.failed
  if (error instanceof FilesInvalidError) {
    return failed(
      'files_invalid',
      error.message,
      error.migration ? { migration: error.migration } : {},
      error.cause,
    )
  }
  if (error instanceof TablesLockedError) return tablesLocked(error)
  if (error instanceof UnsupportedServerError) return failed('database_misconfigured', error.message)
  return databaseFailure(faultOf(error), error)
}

function tablesLocked({ blockers, cause }: TablesLockedError): Failed {
  const who = blockers.map(
    ({ pid, application, user }) => `pid ${String(pid)} (${application ?? user ?? 'unknown'})`,
  )
  return failed(
    'blocked',
    `Another session keeps the table of migrations, or one of the bookkeeping, from being read${who.length > 0 ? `: ${who.join(', ')}` : ''}. Nothing was applied. End that session, or wait for it, and call again.`,
    { blockers },
    cause,
  )
}

function databaseFailure(fault: DatabaseFault, cause: unknown): Failed {
  const fields = { message: fault.message, ...(fault.sqlState ? { sqlState: fault.sqlState } : {}) }
  switch (fault.kind) {
    case 'unavailable':
      return failed('database_unavailable', unavailable(fault), fields, cause)
    case 'misconfigured':
      return failed('database_misconfigured', misconfigured(fault), fields, cause)
    case 'retryable':
      return failed(
        'blocked',
        `The database did not let the bookkeeping through: ${fault.message}. Call again.`,
        { ...fields, blockers: [] },
        cause,
      )
    case 'cancelled':
    case 'timeout':
    case 'statement':
      if (otherForm.test(fault.sqlState ?? ''))
        return failed('database_misconfigured', oddTable(fault), fields, cause)
      return failed(
        'internal_error',
        `The run could not be carried out: ${fault.message}. Nothing more was applied.`,
        fields,
        cause,
      )
  }
}

/** Undefined column, function or operator; wrong type or kind of object. A migration's own are told as `migration_failed`. */
const otherForm = /^(?:42703|42883|42804|42809|22P02|22001)$/

function oddTable({ message }: DatabaseFault): string {
  return `A table that every run reads or writes is not as knex or Sallyport made it (${message}). Compare knex’s two tables, and those of SALLYPORT_SCHEMA, with a fresh database’s, and mend what differs. knex’s lock table may be dropped while nobody migrates: the next run makes it again.`
}

function unavailable({ sqlState, message }: DatabaseFault): string {
  if (sqlState === '53300') {
    return `The server has no connection left (${message}). A run needs two: free some, or raise max_connections or the pooler’s pool. Then call again.`
  }
  if (sqlState === '57P03')
    return `The database server is starting or stopping (${message}). Call again shortly.`
  if (sqlState === '25006')
    return `The database is read-only (${message}): a standby, or default_transaction_read_only. Point MIGRATION_DATABASE_URL at the primary.`
  return `The database cannot be reached, or the connection to it was lost (${message}). Check that it is up and that the network lets us through; then call again.`
}

const remedies: Readonly<Record<string, string>> = {
  '28P01': 'Set the right password in MIGRATION_DATABASE_URL or DATABASE_URL.',
  '28000': 'The server’s pg_hba.conf does not let this role in from here, or the role does not exist.',
  '3D000': 'Create the database, or name another one in DATABASE_URL.',
  '3F000': 'Create the schema, or change `schemaName` or `searchPath` in the knexfile.',
  '42501':
    'Grant the role what it lacks: GRANT CREATE ON DATABASE … (for the bookkeeping schema), GRANT CREATE, USAGE ON SCHEMA … (for the tables), or make it their owner.',
}

function misconfigured({ sqlState, message }: DatabaseFault): string {
  const remedy =
    remedies[sqlState ?? ''] ?? 'Check the connection settings of MIGRATION_DATABASE_URL or DATABASE_URL.'
  return `The database refuses what a run needs: ${message}. ${remedy}`
}

/** No run is started while the process shuts down. */
export function drainingFailure(): Failed {
  return failed(
    'draining',
    'This process is shutting down and starts no run. Call again; another replica answers.',
  )
}

/** What is said of a run whose process is gone. */
export const interruptedDetail =
  'The process that served this run died, or lost its connection. What it had committed stays; the rest was rolled back. Call again: the next run completes it, or asks about a migration outside a transaction.'
