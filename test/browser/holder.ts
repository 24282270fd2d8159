import pg from 'pg'

/** A session that holds what a migration needs, until what is returned is called. */
export async function holder(url: string, sql: string): Promise<() => Promise<void>> {
  const client = new pg.Client({ connectionString: url, application_name: 'nightly report' })
  await client.connect()
  await client.query('begin')
  await client.query(sql)
  return async () => {
    await client.query('commit')
    await client.end()
  }
}
