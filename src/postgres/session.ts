import type { Duplex } from 'node:stream'
import type { Client, ClientConfig } from 'pg'
import type { Project } from '../project/project.js'
import { withDefaults } from './connection.js'
import { loadDriver } from './driver.js'
import { ownKnex } from './own-knex.js'
import { ownTypes } from './types.js'

/**
 * Runs one statement with parameters, or several without in one message (simple protocol); the rows of the last one
 * that has any.
 */
export type Query = <Row>(text: string, values?: readonly unknown[]) => Promise<Row[]>

/** Runs statements without parameters in one message; the rows of each, in their order. */
export type Each = (statements: readonly string[]) => Promise<readonly (readonly unknown[])[]>

/** A statement with parameters that the server keeps under `name`, and need plan no more; through a pooler it goes astray. */
export type Prepared = <Row>(name: string, text: string, values: readonly unknown[]) => Promise<Row[]>

/** One connection of our own, opened from the project's configuration and never replaced. */
export interface Session {
  readonly query: Query
  readonly prepared: Prepared
  /** Several statements in one message (simple protocol); the rows of each. */
  readonly each: Each
  /** Aborted, with the reason, as soon as the connection is known to be gone. */
  readonly lost: AbortSignal
  /** The process id that the server announced at the handshake; through a pooler it is an invention. */
  readonly announcedPid: number
  close(): Promise<void>
}

/**
 * Opened as knex's own client opens it, so that `connection` functions, TLS settings, `searchPath` and `pool.afterCreate`
 * count as they do for the user's migrations; past knex, where nothing of that is configured and the driver alone comes
 * to the same.
 */
export async function openSession(project: Project, applicationName: string): Promise<Session> {
  return isPlain(project) ? openPlain(project, applicationName) : openByKnex(project, applicationName)
}

/** Whether the driver needs nothing from knex to connect. */
function isPlain({ knexConfig, searchPath }: Project): boolean {
  const { client, connection, pool } = knexConfig
  const settings =
    typeof connection === 'string' ? /^postgres(?:ql)?:/.test(connection) : typeof connection === 'object'
  return typeof client === 'string' && settings && searchPath.length === 0 && pool?.afterCreate === undefined
}

async function openPlain({ knexConfig }: Project, applicationName: string): Promise<Session> {
  const pg = loadDriver()
  const settings = withDefaults(knexConfig.connection, applicationName, (connectionString) => ({
    connectionString,
  }))
  const client = new pg.Client(settings as ClientConfig) as PgClient
  const end = (): Promise<void> => client.end().catch(() => undefined)
  // Until it is connected, what goes wrong is told by the promise as well.
  const ignore = (): void => undefined
  client.on('error', ignore)
  try {
    await client.connect()
  } catch (error) {
    await closeWithin(1_000, client, end)
    throw error
  }
  const session = sessionOver(client, end)
  client.off('error', ignore)
  return session
}

async function openByKnex(project: Project, applicationName: string): Promise<Session> {
  const knex = await ownKnex(project, applicationName, {})
  const pool = knex.client as KnexClient
  try {
    const client = (await pool.acquireConnection()) as PgClient
    return sessionOver(client, async () => {
      await pool.releaseConnection(client)
      await knex.destroy().catch(() => undefined)
    })
  } catch (error) {
    await knex.destroy()
    throw error
  }
}

/** As much of knex's client as is used. */
export interface KnexClient {
  acquireConnection(): Promise<unknown>
  releaseConnection(connection: unknown): Promise<void>
}

function sessionOver(client: PgClient, end: () => Promise<void>): Session {
  const lost = new AbortController()
  const lose = (error?: Error): void => {
    lost.abort(error ?? new Error('the connection was closed'))
  }
  client.on('error', lose)
  client.on('end', () => lose())
  return Object.freeze({
    query: queryOver(client),
    prepared: async <Row>(name: string, text: string, values: readonly unknown[]) =>
      rowsOf(await client.query({ name, text, values: [...values], types: ownTypes })) as Row[],
    each: eachOver(client),
    lost: lost.signal,
    announcedPid: client.processID,
    close: async () => {
      lose()
      await closeWithin(1_000, client, end)
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
    return rowsOf(result) as Row[]
  }
}

function rowsOf(result: Result | Result[]): unknown[] {
  return [result].flat().findLast(({ rows }) => rows.length > 0)?.rows ?? []
}

/** As `queryOver`. */
export function eachOver(wire: PgWire): Each {
  return async (statements) => {
    const result = await wire.query({ text: statements.join(';\n'), types: ownTypes })
    return [result].flat().map(({ rows }) => rows)
  }
}

type PgClient = Client & { readonly processID: number; readonly connection: { readonly stream: Duplex } }

/** A server that no longer answers would hold `end()` for ever; then the socket is cut. */
async function closeWithin(ms: number, client: PgClient, end: () => Promise<void>): Promise<void> {
  const cut = setTimeout(() => client.connection.stream.destroy(), ms)
  await end()
  clearTimeout(cut)
}
