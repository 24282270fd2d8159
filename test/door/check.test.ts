import { renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import express from 'express'
import knexFactory from 'knex'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { checkKinds } from '../../src/check/catalog.js'
import type { Checklist } from '../../src/check/checklist.js'
import { sallyport, type SallyportOptions } from '../../src/index.js'
import { itemOf, other, says } from '../check/rig.js'
import { createDatabase, type TestDatabase } from '../support/database.js'
import { eventually } from '../support/processes.js'
import { createTestProject, migrationOf, type TestProject } from '../support/project.js'
import { secret, serverEnvironment, startServer, type TestServer } from '../support/server.js'

const readSecret = `read-${other}`
let database: TestDatabase
let project: TestProject

beforeAll(async () => {
  database = await createDatabase()
  project = createTestProject({ '001_a': migrationOf('create table a (id int)') })
})
afterAll(async () => {
  project.destroy()
  await database.drop()
})

async function get(base: string, token: string = readSecret, method = 'GET') {
  const response = await fetch(`${base}/check`, { method, headers: { authorization: `Bearer ${token}` } })
  const text = await response.text()
  return { status: response.status, text, body: (text ? JSON.parse(text) : {}) as Checklist }
}

/** As a mounted file changes: whole, by a rename. */
function replace(name: string, text: string): string {
  const path = join(project.dir, name)
  writeFileSync(`${path}.new`, text)
  renameSync(`${path}.new`, path)
  return path
}

describe('of a server', () => {
  let server: TestServer
  let base: string
  beforeAll(async () => {
    const env = serverEnvironment(database.url, {
      MIGRATE_ON_BOOT: 'false',
      MIGRATION_SECRET_FILE: replace('secret', secret),
      MIGRATION_SECRET: '',
      MIGRATION_READ_SECRET: readSecret,
      MIGRATION_ALLOWED_IPS: '',
      MIGRATION_ALLOWED_IPS_FILE: replace('allowed', '127.0.0.1\n'),
    })
    server = await startServer(env, { cwd: project.dir })
    base = `${server.ops}/api/migrate`
  })
  afterAll(async () => {
    server.kill('SIGTERM')
    await server.exit
  })

  test('the read secret is enough, and every item is there in order', async () => {
    const { status, body, text } = await get(base)
    expect([status, body.items.map(({ id }) => id)]).toEqual([200, Object.keys(checkKinds)])
    expect(body).toMatchObject({ environment: 'production', release: '1.4.0' })
    expect(itemOf(body, 'pending')).toEqual(['warn', says('001_a')])
    expect(itemOf(body, 'secret_files')).toEqual(['pass', says('in use are those of the files')])
    for (const value of [secret, readSecret]) expect(text).not.toContain(value)
  })

  test('without a token, or by another method, there is none', async () => {
    expect((await get(base, 'wrong')).status).toBe(401)
    expect((await get(base, secret, 'POST')).status).toBe(405)
    expect((await get(base, secret, 'HEAD')).status).toBe(200)
  })

  test('a changed file that is not in use fails until it is mended, and says since when and why', async () => {
    const bad = async () => itemOf((await get(base)).body, 'allowlist_file')
    replace('allowed', '127.0.0.1/33\n')
    await eventually(async () => (await bad())[0] === 'fail')
    const [, since] = /not in use since (\S+);/.exec((await bad())[1]) ?? []
    expect(await bad()).toEqual(['fail', says('MIGRATION_ALLOWED_IPS')])
    replace('allowed', '127.0.0.1/34\n')
    await eventually(() => [...server.output().matchAll(/allowlist file changed, but/g)].length === 2)
    expect((await bad())[1]).toContain(`since ${String(since)};`)
    replace('allowed', '127.0.0.1 203.0.113.0/24\n')
    await eventually(async () => (await bad())[0] === 'pass')
    expect(itemOf((await get(base)).body, 'allowlist')).toEqual(['pass', says('2 entries')])
    replace('secret', 'feeble')
    await eventually(async () => itemOf((await get(base)).body, 'secret_files')[0] === 'fail')
    expect(itemOf((await get(base)).body, 'secret_strong')).toEqual(['fail', says('shorter than 32')])
  })
})

describe('of the library', () => {
  async function hosted(options: Partial<SallyportOptions>) {
    const knex = knexFactory({ client: 'pg', connection: database.url })
    const door = sallyport({
      knex,
      secret,
      readSecret,
      allowedIps: ['127.0.0.1'],
      migrationsDir: join(project.dir, 'migrations'),
      release: '2.0.0',
      ...options,
    })
    const server = createServer(express().use('/ops', door.router))
    await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
    const answer = await get(`http://127.0.0.1:${(server.address() as AddressInfo).port}/ops`)
    server.closeAllConnections()
    server.close()
    await door.close()
    await knex.destroy()
    return answer.body
  }

  test('the same items in the same order, from options in place of the environment', async () => {
    const body = await hosted({})
    expect(body.items.map(({ id }) => id)).toEqual(Object.keys(checkKinds))
    expect(body).toMatchObject({ release: '2.0.0', environment: 'production' })
    expect(itemOf(body, 'secret_set')).toEqual(['pass', says('secret is set.')])
    expect(itemOf(body, 'tls')).toEqual(['warn', says('trustedProxies')])
    expect(itemOf(body, 'alerts')[0]).toBe('warn')
    expect(itemOf(body, 'database_pooler')[0]).toBe('pass')
    expect(itemOf(body, 'pending')).toEqual(['warn', says('001_a')])
  })

  test('what was given counts', async () => {
    const body = await hosted({
      environment: 'staging',
      previousSecret: `previous-${other}`,
      trustedProxies: ['10.0.0.0/24'],
      alerts: { send: () => undefined },
      allowedIps: ['127.0.0.1', '20.0.0.0/15'],
    })
    const status = (id: string) => itemOf(body, id)[0]
    expect([status('separation_enforced'), status('allowlist'), status('endpoint')]).toEqual([
      'warn',
      'warn',
      'warn',
    ])
    expect([status('tls'), status('alerts'), status('secret_rotation')]).toEqual(['pass', 'pass', 'pass'])
  })
})
