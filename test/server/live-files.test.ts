import { execFileSync } from 'node:child_process'
import { renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { connect } from 'node:tls'
import { createCertificate } from '../support/certificate.js'
import { createDatabase, type TestDatabase } from '../support/database.js'
import { eventually, runCli, startCli } from '../support/processes.js'
import { createTestProject, type TestProject } from '../support/project.js'
import { secret, serverEnvironment, startServer } from '../support/server.js'

const other = '0b9f2d7e4c6a81355e1f7d3c9b2a60480f1e2d3c4b5a69788796a5b4c3d2e1f0'
let database: TestDatabase
let project: TestProject

beforeAll(async () => {
  database = await createDatabase()
})
afterAll(() => database.drop())
beforeEach(() => {
  project = createTestProject()
})
afterEach(() => project.destroy())

/** As a mounted secret changes: whole, by a rename. */
function replace(name: string, text: string): string {
  const path = join(project.dir, name)
  writeFileSync(`${path}.new`, text)
  renameSync(`${path}.new`, path)
  return path
}

function serve(env: Readonly<Record<string, string>>) {
  return startServer(serverEnvironment(database.url, { MIGRATE_ON_BOOT: 'false', ...env }), {
    cwd: project.dir,
  })
}

async function statusWith(ops: string, token: string): Promise<number> {
  const response = await fetch(`${ops}/api/migrate`, { headers: { authorization: `Bearer ${token}` } })
  return response.status
}

/** The item as the checklist of the running server tells it. */
async function itemOf(ops: string, id: string): Promise<string> {
  const response = await fetch(`${ops}/api/migrate/check`, { headers: { authorization: `Bearer ${secret}` } })
  const { items } = (await response.json()) as { items: { id: string; status: string; detail: string }[] }
  const found = items.find((item) => item.id === id)
  return `${found?.status}: ${found?.detail}`
}

test('the checklist of the running server says which allowlist is in use, and why not the changed one', async () => {
  const file = replace('allowed', '127.0.0.1\n')
  const server = await serve({ MIGRATION_ALLOWED_IPS: '', MIGRATION_ALLOWED_IPS_FILE: file })
  const inUse = 'pass: The list in use is that of the file.'
  expect(await itemOf(server.ops, 'allowlist_file')).toBe(inUse)
  const change: [() => unknown, RegExp][] = [
    [
      () => replace('allowed', '127.0.0.1/33\n'),
      /^fail: The changed file is not in use since .*longer than 32/,
    ],
    [() => replace('allowed', ''), /^fail: The changed file is not in use since .*names no address/],
    [() => rmSync(file), /^fail: The changed file is not in use since .*does not exist/],
  ]
  let said = ''
  for (const [spoil, why] of change) {
    spoil()
    await eventually(
      async () => why.test((said = await itemOf(server.ops, 'allowlist_file'))),
      20_000,
      () => said,
    )
    expect(await itemOf(server.ops, 'allowlist')).toMatch(/^pass: 1 entry/)
  }
  replace('allowed', '127.0.0.1, 10.8.0.0/16\n')
  await eventually(
    async () => (said = await itemOf(server.ops, 'allowlist_file')) === inUse,
    20_000,
    () => said,
  )
  expect(await itemOf(server.ops, 'allowlist')).toMatch(/^pass: 2 entries/)
  server.kill('SIGTERM')
  await server.exit
}, 60_000)

test('the allowlist file is re-read; content that cannot be used keeps the old list', async () => {
  const file = replace('allowed', '127.0.0.1 # here\n')
  const server = await serve({ MIGRATION_ALLOWED_IPS: '', MIGRATION_ALLOWED_IPS_FILE: file })
  expect(await statusWith(server.ops, 'wrong')).toBe(401)
  const problems = /the allowlist file changed, but cannot be used: the former content stays/g
  for (const [count, bad] of ['127.0.0.1/33\n', '', '# nobody\n'].entries()) {
    replace('allowed', bad)
    await eventually(() => [...server.output().matchAll(problems)].length > count)
    expect(await statusWith(server.ops, 'wrong')).toBe(401)
  }
  rmSync(file)
  await eventually(() => [...server.output().matchAll(problems)].length > 3)
  expect(await statusWith(server.ops, 'wrong')).toBe(401)
  replace('allowed', '203.0.113.0/24\n')
  await eventually(async () => (await statusWith(server.ops, 'wrong')) === 403)
  server.kill('SIGTERM')
  expect((await server.exit).code).toBe(0)
})

test('a secret file is re-read; an empty, short or shared one keeps the old secret', async () => {
  const file = replace('secret', `${secret}\n`)
  const server = await serve({
    MIGRATION_SECRET: '',
    MIGRATION_SECRET_FILE: file,
    NEXTAUTH_SECRET: `shared-${other}`,
  })
  expect(await statusWith(server.ops, secret)).toBe(200)
  const problems = /a secret file changed, but cannot be used: the former content stays/g
  for (const [count, bad] of ['', 'short', `shared-${other}\n`].entries()) {
    replace('secret', bad)
    await eventually(() => [...server.output().matchAll(problems)].length > count)
    expect(await statusWith(server.ops, secret)).toBe(200)
  }
  replace('secret', `${other}\n`)
  await eventually(async () => (await statusWith(server.ops, other)) === 200)
  expect(await statusWith(server.ops, secret)).toBe(401)
  server.kill('SIGTERM')
  await server.exit
  expect(server.output()).not.toContain(other)
})

test('a secret file that is mounted after the start is taken over, and was not called changed before', async () => {
  const MIGRATION_SECRET_FILE = join(project.dir, 'late')
  const server = await serve({ NODE_ENV: 'staging', MIGRATION_SECRET: '', MIGRATION_SECRET_FILE })
  expect(await statusWith(server.ops, secret)).toBe(503)
  replace('late', secret)
  await server.printed(/a secret file changed: the new content is in use/)
  expect(await statusWith(server.ops, secret)).toBe(200)
  expect(server.output()).not.toContain('cannot be used')
  server.kill('SIGTERM')
  await server.exit
})

function commonName(port: string): Promise<string> {
  return new Promise((settle, reject) => {
    const socket = connect({ host: '127.0.0.1', port: Number(port), rejectUnauthorized: false }, () => {
      settle(String(socket.getPeerCertificate().subject.CN))
      socket.destroy()
    })
    socket.on('error', reject)
  })
}

test('a secret that changes while the server is starting is the one that it accepts', async () => {
  const MIGRATION_SECRET_FILE = replace('secret', secret)
  const env = { MIGRATE_ON_BOOT: 'false', MIGRATION_SECRET: '', MIGRATION_SECRET_FILE }
  const server = startCli(['serve'], { cwd: project.dir, env: serverEnvironment(database.url, env) })
  await server.printed(/dedicated migration secret: yes/)
  replace('secret', other)
  const [, port] = await server.printed(/ops port: (\d+)/)
  await eventually(async () => (await statusWith(`http://127.0.0.1:${String(port)}`, other)) === 200)
  server.kill('SIGTERM')
  await server.exit
})

test('a renewed certificate is in use without a restart; a broken one is not', async () => {
  const [first, second] = [createCertificate('first'), createCertificate('second')]
  const TLS_CERT_FILE = replace('tls.crt', first.cert)
  const TLS_KEY_FILE = replace('tls.key', first.key)
  const server = await serve({ TLS_CERT_FILE, TLS_KEY_FILE })
  const { port } = new URL(server.ops)
  expect(await commonName(port)).toBe('first')
  replace('tls.crt', 'no certificate')
  await server.printed(/the renewed TLS certificate cannot be used/)
  expect(await commonName(port)).toBe('first')
  rmSync(TLS_CERT_FILE)
  execFileSync('mkfifo', [TLS_CERT_FILE])
  await server.printed(/the renewed TLS certificate cannot be used[^\n]*is not a regular file/)
  expect(await commonName(port)).toBe('first')
  rmSync(TLS_CERT_FILE)
  replace('tls.key', second.key)
  replace('tls.crt', second.cert)
  await eventually(async () => (await commonName(port)) === 'second')
  server.kill('SIGTERM')
  expect((await server.exit).code).toBe(0)
})

test('a certificate that does not fit its key ends the start with 78', async () => {
  const TLS_CERT_FILE = replace('tls.crt', createCertificate('one').cert)
  const TLS_KEY_FILE = replace('tls.key', createCertificate('two').key)
  const env = serverEnvironment(database.url, { TLS_CERT_FILE, TLS_KEY_FILE })
  const run = await runCli(['serve'], { cwd: project.dir, env })
  expect([run.code, run.output()]).toEqual([78, expect.stringContaining('TLS_KEY_FILE')])
})
