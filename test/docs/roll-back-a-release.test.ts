import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { onPath } from '../../torture/machine/on-path.js'
import { render, type Manifest } from '../deploy/kustomize.js'
import { stubKubectl } from '../deploy/stub-kubectl.js'
import { createDatabase } from '../support/database.js'
import { answers, root, start } from '../support/processes.js'
import { createTestProject, migrationOf } from '../support/project.js'
import { secret, serverEnvironment, startServer } from '../support/server.js'
import { blocksOf } from './page.js'

const [commands = ''] = blocksOf('docs/roll-back-a-release.md').map(({ text }) => text)

const releaseOf = (manifests: readonly Manifest[]) =>
  ['Deployment', 'Service'].map((kind) => {
    const found = manifests.find((one) => one.kind === kind)
    return [kind, /"app\.kubernetes\.io\/version":"([\d.]+)"/.exec(JSON.stringify(found))?.[1]]
  })

if (onPath('git')) {
  test('the commands of the page turn back the pods and, with them, whom the ops Service selects', async () => {
    const dir = mkdtempSync(join(tmpdir(), 'sallyport-rollback-'))
    const folder = join(dir, 'deploy/kubernetes')
    cpSync(join(root, 'deploy/kubernetes'), folder, { recursive: true })
    const kubectl = stubKubectl()
    const sh = async (script: string) => {
      const names = ['AUTHOR', 'COMMITTER'].flatMap((who) => [
        [`GIT_${who}_NAME`, 'shop'],
        [`GIT_${who}_EMAIL`, 'shop@example.com'],
      ])
      const env = { ...Object.fromEntries(names), PATH: kubectl.PATH, HOME: dir, PREVIOUS_RELEASE: 'v1.4.0' }
      const shell = start('sh', ['-c', `set -e\n${script}`], { cwd: dir, env })
      expect([(await shell.exit).code, shell.stderr()]).toEqual([0, expect.any(String)])
    }
    const release = join(folder, 'example/release.yaml')
    const newer = readFileSync(release, 'utf8')
    writeFileSync(release, newer.replace('1.5.0', '1.4.0'))
    await sh('git init -q && git add -A && git commit -qm 1.4.0 && git tag v1.4.0')
    writeFileSync(release, newer)
    await sh('git commit -qam 1.5.0')
    const now = () => releaseOf(servicesOfDoor(render(relative(root, join(folder, 'example')))))
    expect(now()).toEqual(both('1.5.0'))
    await sh(commands)
    expect(now()).toEqual(both('1.4.0'))
    expect(kubectl.calls()[0]).toBe('apply -k deploy/kubernetes/example')
    kubectl.destroy()
    rmSync(dir, { recursive: true, force: true })
  }, 60_000)
}

const both = (version: string) => [
  ['Deployment', version],
  ['Service', version],
]

const servicesOfDoor = (manifests: readonly Manifest[]) =>
  manifests.filter(({ kind, metadata }) => kind !== 'Service' || metadata.name === 'shop-ops')

test('the former release is ready on the newer schema and says by what it is ahead; a row that knex took back is told', async () => {
  const database = await createDatabase()
  const accounts = { '001_accounts': migrationOf('create table accounts (id int)') }
  const former = createTestProject(accounts)
  const newer = createTestProject({ ...accounts, '002_tier': migrationOf('create table tier (id int)') })
  const env = (RELEASE: string) => serverEnvironment(database.url, { RELEASE })
  const after = await startServer(env('1.5.0'), { cwd: newer.dir })
  await answers(`${after.health}/readyz`, 200)
  const before = await startServer(env('1.4.0'), { cwd: former.dir })
  await answers(`${before.health}/readyz`, 200)
  expect((await before.migrate()).body).toMatchObject({ status: 'up_to_date', ahead: ['002_tier'] })
  const refused = await after.migrate({ expect: '001_accounts' })
  expect([refused.status, refused.body['head']]).toEqual([412, '002_tier'])

  symlinkSync(join(root, 'node_modules'), join(newer.dir, 'node_modules'))
  const knex = [join(root, 'node_modules/knex/bin/cli.js'), 'migrate:down', '--client', 'pg']
  const where = ['--connection', database.url, '--migrations-directory', './migrations']
  const down = start(process.execPath, [...knex, ...where], { cwd: newer.dir })
  expect([(await down.exit).code, down.output()]).toEqual([0, expect.stringContaining('002_tier')])
  const told = await fetch(`${after.ops}/api/migrate`, { headers: { authorization: `Bearer ${secret}` } })
  expect(JSON.stringify(((await told.json()) as { outside: unknown }).outside)).toContain('002_tier')
  for (const server of [before, after]) {
    server.kill('SIGTERM')
    expect((await server.exit).code).toBe(0)
  }
  for (const project of [former, newer]) project.destroy()
  await database.drop()
}, 60_000)
