import { literal } from './identifiers.js'
import type { Scope } from './scope.js'
import type { Query } from './session.js'

/** The role that migrates, and what it was given before it asked for anything. */
export interface RoleFacts {
  readonly name: string
  readonly database: string
  readonly superuser: boolean
  /** A standby: nothing can be written here, by anybody. */
  readonly standby: boolean
  /** `default_transaction_read_only` of role or database. */
  readonly readOnly: boolean
  /** Timeouts that are not 0, as a new session of this role has them. Milliseconds. */
  readonly timeouts: readonly RoleTimeout[]
}

export interface RoleTimeout {
  readonly name: string
  readonly ms: number
  /** `pg_settings.source`: `user`, `database`, `configuration file`, `client`, … */
  readonly source: string
}

type RoleRow = Omit<RoleFacts, 'timeouts'> & { readonly timeouts: readonly RoleTimeout[] | null }

/** Asked before anything is set in the session, so that the timeouts are those that were given. */
export async function readRole(query: Query): Promise<RoleFacts> {
  const [row] = await query<RoleRow>(
    `SELECT r.rolname AS name, current_database() AS database, r.rolsuper AS superuser,
       pg_is_in_recovery() AS standby, current_setting('default_transaction_read_only') = 'on' AS "readOnly",
       (SELECT json_agg(json_build_object('name', s.name, 'ms', s.setting::bigint, 'source', s.source) ORDER BY s.name)
        FROM pg_settings s WHERE s.setting <> '0' AND s.name IN ('statement_timeout', 'lock_timeout',
          'transaction_timeout', 'idle_session_timeout')) AS timeouts
     FROM pg_roles r WHERE r.rolname = current_user`,
  )
  if (!row) throw new Error('connection lost: the server gave no answer')
  return Object.freeze({ ...row, timeouts: row.timeouts ?? [] })
}

/** What the role may do where a run writes. */
export interface Grants {
  /** Whether it may create the bookkeeping schema. */
  readonly createInDatabase: boolean
  /** Schema of the migrations table; null where the search path names none that exists. */
  readonly schema: SchemaGrants | null
  readonly bookkeeping: SchemaGrants | null
  /** The tables that are there already. */
  readonly tables: readonly TableGrants[]
}

export interface SchemaGrants {
  readonly name: string
  readonly usage: boolean
  readonly create: boolean
}

export interface TableGrants {
  /** Quoted, qualified. */
  readonly name: string
  /** Of SELECT, INSERT and UPDATE, what the role may not do. */
  readonly lacking: readonly string[]
}

/** The bookkeeping tables that a run writes. */
const written = ['runs', 'migrations', 'steps']

export async function readGrants(query: Query, scope: Scope): Promise<Grants> {
  const [row] = await query<Grants>(
    `SELECT has_database_privilege(current_database(), 'CREATE') AS "createInDatabase",
       ${schemaGrants(scope.schema)} AS schema, ${schemaGrants(scope.bookkeepingSchema)} AS bookkeeping,
       (SELECT coalesce(json_agg(json_build_object('name', t.oid::regclass::text, 'lacking', t.lacking)), '[]')
        FROM (SELECT c.oid, ARRAY(SELECT p FROM unnest(ARRAY['SELECT', 'INSERT', 'UPDATE']) p
                                  WHERE NOT has_table_privilege(c.oid, p)) AS lacking
              FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
              WHERE c.relkind IN ('r', 'p') AND ${isWritten(scope)}) t) AS tables`,
  )
  if (!row) throw new Error('connection lost: the server gave no answer')
  return row
}

function schemaGrants(name: string): string {
  return `(SELECT json_build_object('name', n.nspname, 'usage', has_schema_privilege(n.oid, 'USAGE'),
      'create', has_schema_privilege(n.oid, 'CREATE')) FROM pg_namespace n WHERE n.nspname = ${literal(name)})`
}

/** By name: `to_regclass` raises where the role may not use the schema, which is what is asked here. */
function isWritten({ schema, table, bookkeepingSchema }: Scope): string {
  const ours = written.map(literal).join(', ')
  const knex = [table, `${table}_lock`].map(literal).join(', ')
  return `((n.nspname = ${literal(schema)} AND c.relname IN (${knex}))
    OR (n.nspname = ${literal(bookkeepingSchema)} AND c.relname IN (${ours})))`
}
