import { identifier, literal } from './identifiers.js'
import type { Session } from './session.js'
import type { Project } from '../project/project.js'

/** What is asked of a server once, when a session is opened. */
export interface ServerFacts {
  /** Such as 180004. */
  readonly versionNumber: number
  /** Such as `18.4`. */
  readonly version: string
  /** The schema in which the migrations table is, or would be created; null where the search path names none. */
  readonly schema: string | null
  /** True: this connection ends at the server itself; false: at a pooler, which invents the pid of the handshake. */
  readonly direct: boolean
  /** A standby, or `default_transaction_read_only`. */
  readonly readOnly: boolean
}

/** PostgreSQL 13 has neither `client_connection_check_interval` nor support by its makers. */
export const oldestSupportedVersion = 14

/** The newest that was tried; a newer one is told of, not refused. */
export const newestTriedVersion = 18

interface Row {
  readonly version_number: string
  readonly version: string
  readonly schema: string | null
  readonly pid: number
  readonly read_only: string
}

/**
 * One message and one transaction, since through a transaction pooler a `SET` outside of one goes astray. A direct session
 * waits for a lock no longer than `lockMs` from then on, where that is given; through a pooler each message has to say that
 * for itself.
 */
export async function readServerFacts(
  session: Session,
  project: Project,
  lockMs?: number,
): Promise<ServerFacts> {
  const [row] = await session.query<Row>(
    `${['BEGIN', ...searchPathCommands(project)].join('; ')};
     SELECT current_setting('server_version_num') AS version_number, current_setting('server_version') AS version,
            ${schemaExpression(project)} AS schema, pg_backend_pid() AS pid,
            current_setting('transaction_read_only') AS read_only,
            ${lockMs === undefined ? 'NULL' : lockTimeoutIfDirect(session, lockMs)};
     COMMIT`,
  )
  if (!row) throw new Error('connection lost: the server gave no answer')
  return Object.freeze({
    versionNumber: Number(row.version_number),
    version: row.version,
    schema: row.schema,
    direct: row.pid === session.announcedPid,
    readOnly: row.read_only === 'on',
  })
}

function lockTimeoutIfDirect({ announcedPid }: Session, ms: number): string {
  return `CASE WHEN pg_backend_pid() = ${String(announcedPid)} THEN set_config('lock_timeout', '${String(ms)}', false) END`
}

/**
 * knex looks for its table in the first schema of the search path that exists, and creates it there if it is not there,
 * whatever later schemas hold: one schema a tenant, each with its own migrations table.
 */
function schemaExpression(project: Project): string {
  return project.schemaName === undefined ? 'current_schema()::text' : literal(project.schemaName)
}

/**
 * `SET LOCAL search_path`: to the project's, else to what role and database give. knex's own `SET` at connect is lost behind
 * a pooler, and there as on a kept connection what another transaction left would make knex look for its table, and make it,
 * elsewhere. What the project's own hook sets is left alone.
 */
export function searchPathCommands({ searchPath, knexConfig }: Project): readonly string[] {
  if (searchPath.length > 0) return [`SET LOCAL search_path TO ${searchPath.map(identifier).join(', ')}`]
  return knexConfig.pool?.afterCreate === undefined ? ['SET LOCAL search_path TO DEFAULT'] : []
}
