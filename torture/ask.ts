import pg from 'pg'

/** What the rig's own sessions are called, so that it never counts or kills itself. */
export const rigName = 'torture rig'

/** One statement on a connection of its own: survives any restart in between. Throws what PostgreSQL answers. */
export async function ask<Row extends pg.QueryResultRow>(
  url: string,
  sql: string,
  values: readonly unknown[] = [],
): Promise<Row[]> {
  return withSession(url, async (session) => (await session.query<Row>(sql, [...values])).rows)
}

/** Opens a session, hands it over, closes it whatever happens. */
export async function withSession<T>(url: string, use: (session: pg.Client) => Promise<T>): Promise<T> {
  const session = new pg.Client({
    connectionString: url,
    application_name: rigName,
    connectionTimeoutMillis: 10_000,
    query_timeout: 60_000,
  })
  // a killed server is reported by the query that it cuts short; without a listener it would end this process
  session.on('error', () => undefined)
  try {
    await session.connect()
    return await use(session)
  } finally {
    await session.end().catch(() => undefined)
  }
}
