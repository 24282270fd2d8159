import { onPath } from '../../torture/machine/on-path.js'
import { inTurns } from '../deploy/turns.js'
import { createDatabase } from '../support/database.js'
import { start } from '../support/processes.js'
import { createTestProject, migrationOf } from '../support/project.js'
import { secret, serverEnvironment, startServer } from '../support/server.js'
import { blocksOf } from './page.js'

const [loop] = blocksOf('docs/ci-without-a-database-route.md').filter(({ language }) => language === 'sh')

if (onPath('curl')) {
  test('the page’s loop around curl gets past an old replica to the release that was built', async () => {
    const database = await createDatabase()
    const first = { '001_accounts': migrationOf('create table accounts (id int)') }
    const [before, after] = [createTestProject(first), createTestProject(first)]
    after.write('002_orders', migrationOf('create table orders (id int)'))
    const env = serverEnvironment(database.url, { MIGRATE_ON_BOOT: 'false' })
    const servers = [await startServer(env, { cwd: before.dir }), await startServer(env, { cwd: after.dir })]
    const door = await inTurns(...servers.map(({ ops }) => ops))
    const shell = start('sh', ['-c', loop?.text ?? ''], {
      cwd: after.dir,
      env: { MIGRATION_SECRET: secret, BASE_URL: door.url },
    })
    expect([(await shell.exit).code, shell.stderr()]).toEqual([0, ''])
    expect(JSON.parse(shell.stdout())).toMatchObject({
      status: 'applied',
      applied: [{}, { name: '002_orders' }],
    })
    await door.close()
    for (const server of servers) {
      server.kill('SIGTERM')
      await server.exit
    }
    for (const project of [before, after]) project.destroy()
    await database.drop()
  }, 60_000)
}
