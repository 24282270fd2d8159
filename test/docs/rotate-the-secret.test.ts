import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { scrape } from '../deploy/exposition.js'
import { createDatabase } from '../support/database.js'
import { eventually, start } from '../support/processes.js'
import { createTestProject } from '../support/project.js'
import { secret, serverEnvironment, startServer } from '../support/server.js'
import { blocksOf } from './page.js'

test('the page’s commands rotate: both secrets are accepted, then the old one no longer', async () => {
  const [, both, end] = blocksOf('docs/rotate-the-secret.md').map(({ text }) => text)
  const database = await createDatabase()
  const project = createTestProject()
  const SECRETS = project.dir
  writeFileSync(join(SECRETS, 'migration-secret'), `${secret}\n`)
  writeFileSync(join(SECRETS, 'migration-secret-previous'), '')
  const server = await startServer(
    serverEnvironment(database.url, {
      MIGRATION_SECRET: '',
      MIGRATION_SECRET_FILE: join(SECRETS, 'migration-secret'),
      MIGRATION_SECRET_PREVIOUS_FILE: join(SECRETS, 'migration-secret-previous'),
    }),
    { cwd: project.dir },
  )
  const paste = async (text = '') => {
    const shell = start('sh', ['-c', `set -e\n${text}`], { env: { SECRETS } })
    expect([(await shell.exit).code, shell.stderr()]).toEqual([0, ''])
  }
  const status = async () =>
    (await fetch(`${server.ops}/api/migrate`, { headers: { authorization: `Bearer ${secret}` } })).status
  const says = (line: RegExp) => eventually(async () => line.test(await scrape(server.health)))

  await paste(both)
  await says(/^sallyport_secret_rotating 1$/m)
  expect(await status()).toBe(200)
  await says(/^sallyport_admitted_requests_total\{credential="previous"\} 1$/m)
  await paste(end)
  await says(/^sallyport_secret_rotating 0$/m)
  expect(await status()).toBe(401)
  server.kill('SIGTERM')
  await server.exit
  project.destroy()
  await database.drop()
}, 60_000)
