import { onPath } from '../../torture/machine/on-path.js'
import { createDatabase } from '../support/database.js'
import { start } from '../support/processes.js'
import { createTestProject, migrationOf } from '../support/project.js'
import { secret, serverEnvironment, startServer } from '../support/server.js'
import { blocksOf } from './page.js'

const [poller = ''] = blocksOf('docs/http-api.md')
  .filter(({ language }) => language === 'sh')
  .map(({ text }) => text)

if (onPath('curl')) {
  test('the page’s curl waits for a detached run: 0 when it succeeded, 22 when it did not', async () => {
    const database = await createDatabase()
    const project = createTestProject({ '001_slow': migrationOf('select pg_sleep(3)') })
    const env = serverEnvironment(database.url, { MIGRATE_ON_BOOT: 'false' })
    const server = await startServer(env, { cwd: project.dir })
    const followed = async () => {
      const headers = { authorization: `Bearer ${secret}`, prefer: 'respond-async' }
      const accepted = await fetch(`${server.ops}/api/migrate`, { method: 'POST', headers })
      expect(accepted.status).toBe(202)
      const { runId: RUN } = (await accepted.json()) as { runId: string }
      const script = poller.replace('http://127.0.0.1:7080', server.ops)
      const shell = start('sh', ['-c', script], { env: { RUN, MIGRATION_SECRET: secret } })
      return { code: (await shell.exit).code, stdout: shell.stdout() }
    }
    expect(await followed()).toEqual({
      code: 0,
      stdout: expect.stringContaining('"status":"applied"') as string,
    })
    project.write('002_bad', migrationOf('select pg_sleep(3)', 'select 1 / 0'))
    expect((await followed()).code).toBe(22)
    server.kill('SIGTERM')
    await server.exit
    project.destroy()
    await database.drop()
  }, 60_000)
}
