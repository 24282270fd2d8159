import type { TestDatabase } from '../support/database.js'

/** A record as its text says it. */
export interface Told {
  readonly seq: number
  readonly at: string
  readonly kind: string
  readonly run: string | null
  readonly subject: string | null
  readonly previous: string
  readonly scope: string
  readonly data: Record<string, unknown>
}

/** Every record, in order. */
export async function recordsOf(database: TestDatabase): Promise<Told[]> {
  const rows = await database.query<{ record: string }>('select record from sallyport.journal order by seq')
  return rows.map(({ record }) => JSON.parse(record) as Told)
}

/** Their kinds, in order. */
export async function kindsOf(database: TestDatabase): Promise<string[]> {
  return (await recordsOf(database)).map(({ kind }) => kind)
}
