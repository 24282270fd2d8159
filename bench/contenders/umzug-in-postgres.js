import { Umzug } from 'umzug'

/** umzug over PostgreSQL as its guide has it: a table of names, asked for and made by the storage. */
export function umzugOver(client, set) {
  const storage = {
    executed: async () => {
      await client.query('CREATE TABLE IF NOT EXISTS umzug_migrations (name text PRIMARY KEY)')
      const { rows } = await client.query('SELECT name FROM umzug_migrations ORDER BY name')
      return rows.map(({ name }) => name)
    },
    logMigration: ({ name }) => client.query('INSERT INTO umzug_migrations VALUES ($1)', [name]),
    unlogMigration: ({ name }) => client.query('DELETE FROM umzug_migrations WHERE name = $1', [name]),
  }
  return new Umzug({
    migrations: { glob: `${set}/umzug/*.js` },
    context: client,
    storage,
    logger: undefined,
  })
}
