import { randomBytes } from 'node:crypto'
import pg from 'pg'

/** A database of a test file's own. */
export interface TestDatabase {
  readonly url: string
  readonly name: string
  /** One statement on a connection of its own; the rows. */
  query<Row extends pg.QueryResultRow = Record<string, unknown>>(
    sql: string,
    values?: unknown[],
  ): Promise<Row[]>
  /** Ends whatever is still connected, then drops the database. Call it in `afterAll`. */
  drop(): Promise<void>
}

/** The URL of the test server's maintenance database, whose role may create databases and roles. */
export function testServerUrl(): string {
  const url = process.env.SALLYPORT_TEST_SERVER
  if (url === undefined)
    throw new Error('no test server: these tests are run by jest, whose global set-up starts it')
  return url
}

/** Creates an empty database on the test server. */
export async function createDatabase(): Promise<TestDatabase> {
  const name = `test_${randomBytes(6).toString('hex')}`
  const server = testServerUrl()
  await statement(server, `create database ${name} template template0`)
  const url = urlOf(server, name)
  return Object.freeze({
    url,
    name,
    query: <Row extends pg.QueryResultRow>(sql: string, values?: unknown[]) =>
      statement<Row>(url, sql, values),
    drop: async () => {
      await statement(server, `drop database if exists ${name} with (force)`)
    },
  })
}

function urlOf(server: string, database: string): string {
  const url = new URL(server)
  url.pathname = `/${database}`
  return url.href
}

async function statement<Row extends pg.QueryResultRow>(
  url: string,
  sql: string,
  values?: unknown[],
): Promise<Row[]> {
  const client = new pg.Client({ connectionString: url, application_name: 'test support' })
  await client.connect()
  try {
    return (await client.query<Row>(sql, values)).rows
  } finally {
    await client.end()
  }
}
