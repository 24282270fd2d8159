import type { Duplex } from 'node:stream'
import knexFactory, { type Knex } from 'knex'
import type { Client } from 'pg'
import type { Project } from '../project/project.js'
import { ownTypes } from './types.js'

/**
 * Runs one statement with parameters, or several without in one message (simple protocol); the rows of the last one
 * that has any.
 */
export type Query = <Row>(text: string, values?: readonly unknown[]) => Promise<Row[]>

/** Runs statements without parameters in one message; the rows of each, in their order. */
export type Each = (statements: readonly string[]) => Promise<readonly (readonly unknown[])[]>

/** One connection of our own, opened from the project's configuration and never replaced. */
export interface Session {
  readonly query: Query
  /** Several statements in one message (simple protocol); the rows of each. */
  readonly each: Each
  /** Aborted, with the reason, as soon as the connection is known to be gone. */
  readonly lost: AbortSignal
  /** The process id that the server announced at the handshake; through a pooler it is an invention. */
  readonly announcedPid: number
  close(): Promise<void>
}

/** Milliseconds to reach the server and be let in. */
export const connectTimeoutMs = 8_000

/**
 * knex's own client opens it, so that `connection` functions, TLS settings, `searchPath` and `pool.afterCreate`
 * count as they do for the user's migrations.
 */
export async function openSession(project: Project, applicationName: string): Promise<Session> {
  const knex = ownKnex(project, applicationName, {})
  try {
    const client = (await (knex.client as KnexClient).acquireConnection()) as PgClient
    return sessionOver(knex, client)
  } catch (error) {
    await knex.destroy()
    throw error
  }
}

interface KnexClient {
  acquireConnection(): Promise<unknown>
  releaseConnection(connection: unknown): Promise<void>
}

/** A knex instance with one connection of its own, from the project's configuration. */
export function ownKnex(project: Project, applicationName: string, pool: Knex.PoolConfig): Knex {
  // knex's own migrator is told by us what to run.
  const { migrations: _unused, ...config } = project.knexConfig
  const own = {
    log: silent,
    ...config,
    // knex writes into it.
    userParams: { ...project.userParams },
    connection: withDefaults(config.connection, applicationName),
    acquireConnectionTimeout: connectTimeoutMs + 1_000,
    pool: {
      ...config.pool,
      min: 0,
      max: 1,
      idleTimeoutMillis: forever,
      ...pool,
    },
  }
  return knexFactory(own)
}

/** knex would print on stdout what a failed migration's error says, statement and bindings included. */
const silent = { warn() {}, error() {}, deprecate() {}, debug() {} }

/** The longest delay that a timer takes. */
const forever = 2 ** 31 - 1

type Connection = NonNullable<Knex.Config['connection']>

/** Names the session in pg_stat_activity, finds a vanished host, bounds the handshake; what the user set stays. */
function withDefaults(connection: Knex.Config['connection'], applicationName: string): Connection {
  const defaults = {
    application_name: applicationName,
    keepAlive: true,
    keepAliveInitialDelayMillis: 10_000,
    connectionTimeoutMillis: connectTimeoutMs,
  }
  if (typeof connection === 'function') {
    return async () => withDefaults(await connection(), applicationName) as Knex.StaticConnectionConfig
  }
  const given = typeof connection === 'string' ? parsed(connection) : connection
  if (given === undefined || !('password' in given)) return { ...defaults, ...given }
  // knex hides the password of a connection that it was given, and spreading would leave it behind.
  return { ...defaults, ...given, password: given.password } as Connection
}

/** As knex reads it, so that a migration finds user and database where it looks for them: in the client's settings. */
function parsed(connectionString: string): Knex.PgConnectionConfig {
  const knex = knexFactory({ client: 'pg', connection: connectionString, pool: { max: 0 } })
  return (knex.client as { connectionSettings: Knex.PgConnectionConfig }).connectionSettings
}

function sessionOver(knex: Knex, client: PgClient): Session {
  const lost = new AbortController()
  const lose = (error?: Error): void => {
    lost.abort(error ?? new Error('the connection was closed'))
  }
  client.on('error', lose)
  client.on('end', () => lose())
  return Object.freeze({
    query: queryOver(client),
    each: eachOver(client),
    lost: lost.signal,
    announcedPid: client.processID,
    close: async () => {
      lose()
      await (knex.client as KnexClient).releaseConnection(client)
      await closeWithin(1_000, knex, client)
    },
  })
}

/** As much of pg's client as is used. */
export interface PgWire {
  query(query: {
    readonly text: string
    readonly values?: unknown[]
    readonly types: typeof ownTypes
  }): Promise<Result | Result[]>
}

interface Result {
  readonly rows: unknown[]
}

/** Without knex's naming and post-processing between, and without what the application makes of types. */
export function queryOver(wire: PgWire): Query {
  return async <Row>(text: string, values?: readonly unknown[]) => {
    const result = await wire.query({ text, types: ownTypes, ...(values ? { values: [...values] } : {}) })
    return ([result].flat().findLast(({ rows }) => rows.length > 0)?.rows ?? []) as Row[]
  }
}

function eachOver(wire: PgWire): Each {
  return async (statements) => {
    const result = await wire.query({ text: statements.join(';\n'), types: ownTypes })
    return [result].flat().map(({ rows }) => rows)
  }
}

type PgClient = Client & { readonly processID: number; readonly connection: { readonly stream: Duplex } }

/** A server that no longer answers would hold `end()` for ever; then the socket is cut. */
export async function closeWithin(ms: number, knex: Knex, client: PgClient | undefined): Promise<void> {
  const cut = setTimeout(() => client?.connection.stream.destroy(), ms)
  await knex.destroy().catch(() => undefined)
  clearTimeout(cut)
}
