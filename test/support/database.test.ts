import { createDatabase } from './database.js'

test('every test file gets an empty database of its own on a real PostgreSQL', async () => {
  const database = await createDatabase()
  try {
    const rows = await database.query<{ name: string; tables: string }>(
      `select current_database() as name, count(c.oid) as tables
         from pg_namespace n left join pg_class c on c.relnamespace = n.oid where n.nspname = 'public'`,
    )
    expect(rows).toEqual([{ name: database.name, tables: '0' }])
  } finally {
    await database.drop()
  }
})
