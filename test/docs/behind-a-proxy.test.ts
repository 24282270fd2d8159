import { onPath } from '../../torture/machine/on-path.js'
import { nginxFile, startNginx } from '../deploy/nginx.js'
import { createDatabase } from '../support/database.js'
import { start } from '../support/processes.js'
import { createTestProject, migrationOf } from '../support/project.js'
import { secret, serverEnvironment, startServer } from '../support/server.js'
import { blocksOf } from './page.js'

const blocks = blocksOf('docs/behind-a-proxy.md')
const commands = blocks.filter(({ language }) => language === 'sh').map(({ text }) => text)
const [configuration = ''] = blocks.filter(({ language }) => language === 'nginx').map(({ text }) => text)

if (nginxFile() && onPath('curl')) {
  test('the nginx of the page passes the caller’s address on, and its commands come to the result', async () => {
    const database = await createDatabase()
    const project = createTestProject({ '001_slow': migrationOf('select pg_sleep(5)') })
    const env = serverEnvironment(database.url, {
      MIGRATE_ON_BOOT: 'false',
      MIGRATION_ALLOWED_IPS: '127.0.0.9',
      TRUSTED_PROXIES: '127.0.0.1/32',
    })
    const server = await startServer(env, { cwd: project.dir })
    const here = configuration
      .replace('127.0.0.1:8443', '127.0.0.1:PORT')
      .replace('http://127.0.0.1:7080', server.ops)
      .replace('proxy_read_timeout 60s', 'proxy_read_timeout 2s')
      .replace('location', 'location = /nginx-is-here { return 204; }\n    location')
    const nginx = await startNginx(here)
    const paste = async (text: string) => {
      // The caller has an address of its own on this machine, so that it is told from nginx's.
      const script = `set -e\ncurl() { command curl --interface 127.0.0.9 "$@"; }\n${text}`
      const shell = start('sh', ['-c', script], { env: { MIGRATION_SECRET: secret, BASE_URL: nginx.url } })
      return { code: (await shell.exit).code, stdout: shell.stdout(), stderr: shell.stderr() }
    }
    expect(commands).toHaveLength(2)
    const [detached = '', again = ''] = commands
    expect(await paste(detached)).toMatchObject({ code: 0, stdout: expect.stringContaining('"applied"') })
    project.write('002_slow', migrationOf('select pg_sleep(5)'))
    expect(await paste(again)).toMatchObject({ code: 0, stdout: expect.stringContaining('"success":true') })
    expect(await database.query('select count(*)::int as count from knex_migrations')).toEqual([{ count: 2 }])
    await nginx.stop()
    server.kill('SIGTERM')
    await server.exit
    project.destroy()
    await database.drop()
  }, 90_000)
}
