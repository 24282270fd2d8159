import { mkdtempSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { createDatabase, type TestDatabase } from '../support/database.js'
import { answers, runCli } from '../support/processes.js'
import { createTestProject, migrationOf, type TestProject } from '../support/project.js'
import { secret, startServer } from '../support/server.js'
import { render } from './kustomize.js'
import { containersOf, workload, type Container } from './workload.js'

let database: TestDatabase
let project: TestProject
let mounted: string
beforeAll(async () => {
  database = await createDatabase()
  project = createTestProject({ '001_accounts': migrationOf('create table accounts (id int)') })
  mounted = mkdtempSync(join(tmpdir(), 'sallyport-mounted-'))
})
afterAll(async () => {
  rmSync(mounted, { recursive: true, force: true })
  project.destroy()
  await database.drop()
})

/** The container's variables, with its files below a directory of this test and the pod's label filled in. */
function environmentOf({ env = [] }: Container, release: string): Record<string, string> {
  const contents: Record<string, string> = {
    'migration-secret': `${secret}\n`,
    'migration-database-url': database.url,
    'allowed-ips': '127.0.0.1 # here\n',
  }
  return Object.fromEntries(
    env.map(({ name, value }) => {
      if (!name.endsWith('_FILE')) return [name, value ?? release]
      const path = join(mounted, value ?? '')
      mkdirSync(dirname(path), { recursive: true })
      writeFileSync(path, contents[value?.split('/').at(-1) ?? ''] ?? '')
      return [name, path]
    }),
  )
}

const container = (folder: string, name: string): Container => {
  const found = containersOf(workload(render(`deploy/kubernetes/${folder}`))).find((one) => one.name === name)
  if (!found) throw new Error(`${folder} has no container ${name}`)
  return found
}

test('the Job migrates with the variables of its manifest', async () => {
  const { args = [], ...migrate } = container('job', 'migrate')
  const run = await runCli([...args, '--json'], { cwd: project.dir, env: environmentOf(migrate, '1.4.0') })
  expect([run.code, JSON.parse(run.stdout())]).toEqual([
    0,
    expect.objectContaining({ status: 'applied', release: '1.4.0' }),
  ])
})

test('the sidecar serves with the variables of its manifest, and each probe answers on its path', async () => {
  const sidecar = container('base', 'sallyport')
  const here = { HOST: '127.0.0.1', PORT: '0', HEALTH_PORT: '0' }
  const env = { ...environmentOf(sidecar, '1.5.0'), ...here }
  const server = await startServer(env, { cwd: project.dir })
  expect(server.output()).toContain('release: 1.5.0')
  for (const probe of [sidecar.startupProbe, sidecar.livenessProbe, sidecar.readinessProbe])
    await answers(`${server.health}${probe?.httpGet.path}`, 200)
  expect((await server.migrate()).body).toMatchObject({ status: 'up_to_date', release: '1.5.0' })
  server.kill('SIGTERM')
  expect((await server.exit).code).toBe(0)
})
