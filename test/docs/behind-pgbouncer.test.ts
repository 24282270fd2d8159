import { parse } from 'dotenv'
import { createDatabase } from '../support/database.js'
import { hasPgBouncer, startPgBouncer } from '../support/pgbouncer.js'
import { runCli } from '../support/processes.js'
import { createTestProject, migrationOf } from '../support/project.js'
import { blocksOf } from './page.js'

const settings = blocksOf('docs/behind-pgbouncer.md').map(({ text }) => parse(text))

interface Checklist {
  readonly items: readonly { readonly id: string; readonly status: string }[]
}

if (hasPgBouncer()) {
  test('with either form of the page migrations come through PgBouncer, and the checklist says which of the two it is', async () => {
    const [database, pooler] = await Promise.all([createDatabase(), startPgBouncer()])
    const project = createTestProject({ '001_accounts': migrationOf('create table accounts (id int)') })
    const index = migrationOf('create index concurrently if not exists by_id on accounts (id)')
    project.write('002_index', `${index}export const config = { transaction: false, repeatable: true }\n`)
    const seen: (string | undefined)[] = []
    for (const page of settings) {
      const here = Object.entries(page).map(([name, url]) => [
        name,
        new URL(url).hostname === 'pgbouncer' ? pooler.through(database.url) : database.url,
      ])
      const options = {
        cwd: project.dir,
        env: { NODE_ENV: 'production', ...(Object.fromEntries(here) as Record<string, string>) },
      }
      const migrated = await runCli(['migrate', '--json'], options)
      expect([migrated.code, migrated.stderr()]).toEqual([0, expect.any(String)])
      const { items } = JSON.parse((await runCli(['check', '--json'], options)).stdout()) as Checklist
      seen.push(items.find(({ id }) => id === 'database_pooler')?.status)
    }
    expect(seen).toEqual(['warn', 'pass'])
    expect(await database.query('select count(*)::int as count from knex_migrations')).toEqual([{ count: 2 }])
    await pooler.close()
    project.destroy()
    await database.drop()
  }, 90_000)
}
