import { mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { Agent, request } from 'node:http'
import { join } from 'node:path'
import { createDatabase, type TestDatabase } from '../support/database.js'
import { eventually } from '../support/processes.js'
import { createTestProject, type TestProject } from '../support/project.js'
import { serverEnvironment, startServer, type TestServer } from '../support/server.js'

const first = '5b2f0c8e91d7a3640e8f1b2c7d9a6054e3f8b1c2d7a90645f3e8b1c2d7a90641'
const second = 'c19e7a40d83b5f26c19e7a40d83b5f261f7ad03be95c48261f7ad03be95c4826'
const wrong = '0000000000000000aaaaaaaaaaaaaaaa1111111111111111bbbbbbbbbbbbbbbb'
const elsewhere = '127.0.0.9'

let database: TestDatabase
let project: TestProject
beforeAll(async () => {
  database = await createDatabase()
  project = createTestProject()
})
afterAll(async () => {
  project.destroy()
  await database.drop()
})

/** As Kubernetes mounts them: each file a link through `..data`, which is swapped for a new folder by one rename. */
function createVolume(name: string) {
  const dir = join(project.dir, name)
  let version = 0
  const put = (files: Readonly<Record<string, string>>): void => {
    const folder = `..v${(version += 1)}`
    mkdirSync(join(dir, folder), { recursive: true })
    for (const [file, text] of Object.entries(files)) writeFileSync(join(dir, folder, file), text)
    symlinkSync(folder, join(dir, '..new'))
    renameSync(join(dir, '..new'), join(dir, '..data'))
    if (version > 1) rmSync(join(dir, `..v${version - 1}`), { recursive: true })
  }
  const link = (file: string): string => {
    symlinkSync(join('..data', file), join(dir, file))
    return join(dir, file)
  }
  return { put, link }
}

interface Expected {
  readonly token: string
  readonly from: string
  readonly status: readonly number[]
}

/** Calls at a steady rate until it is stopped; keeps what was not answered as it had to be. */
function drive(ops: string, expectation: () => Expected) {
  const agents = new Map<string, Agent>()
  const wrongAnswers: string[] = []
  const running = new Set<Promise<void>>()
  let count = 0
  const { hostname, port } = new URL(ops)
  const call = ({ token, from, status }: Expected): Promise<void> =>
    new Promise((resolve) => {
      const agent = agents.get(from) ?? new Agent({ keepAlive: true, maxSockets: 20 })
      agents.set(from, agent)
      const path = count % 50 === 0 ? '/api/migrate' : '/api/migrate/nowhere'
      const headers = { authorization: `Bearer ${token}` }
      const note = (got: unknown) => {
        if (!status.includes(Number(got))) wrongAnswers.push(`${token.slice(0, 4)} ${from}: ${String(got)}`)
        resolve()
      }
      request({ hostname, port, path, agent, localAddress: from, headers }, (answer) => {
        answer.resume().on('end', () => note(answer.statusCode))
      })
        .on('error', note)
        .end()
    })
  const timer = setInterval(() => {
    for (let n = 0; n < 4; n += 1) {
      count += 1
      const one = call(expectation()).finally(() => running.delete(one))
      running.add(one)
    }
  }, 20)
  return {
    wrongAnswers,
    count: () => count,
    /** Everything that was sent by now has its answer; on a busy machine that takes longer than a change to be seen. */
    answered: () => Promise.all(running),
    stop: async () => {
      clearInterval(timer)
      await Promise.all(running)
      for (const agent of agents.values()) agent.destroy()
    },
  }
}

const reloads = (server: TestServer, what: string, result: 'in use' | 'stays') =>
  [...server.output().matchAll(new RegExp(`${what} changed[^"]*${result}`, 'g'))].length

test('rotation and a list that changes, under 200 requests a second: no wrong answer', async () => {
  const secrets = createVolume('secrets')
  const lists = createVolume('lists')
  secrets.put({ current: first, previous: '' })
  lists.put({ allowed: '127.0.0.1\n' })
  const env = serverEnvironment(database.url, {
    MIGRATE_ON_BOOT: 'false',
    MIGRATION_SECRET: '',
    MIGRATION_SECRET_FILE: secrets.link('current'),
    MIGRATION_SECRET_PREVIOUS_FILE: secrets.link('previous'),
    MIGRATION_ALLOWED_IPS: '',
    MIGRATION_ALLOWED_IPS_FILE: lists.link('allowed'),
    LOG_LEVEL: 'info',
  })
  const server = await startServer(env, { cwd: project.dir })
  let accepted = [first]
  let turn = 0
  const driver = drive(server.ops, () => {
    turn += 1
    if (turn % 10 === 0) return { token: wrong, from: '127.0.0.1', status: [401, 429] }
    if (turn % 10 === 1) return { token: accepted[0] ?? '', from: elsewhere, status: [403] }
    return { token: accepted[turn % accepted.length] ?? '', from: '127.0.0.1', status: [200, 404] }
  })
  const began = performance.now()
  const taken = async (what: string, result: 'in use' | 'stays', change: () => void) => {
    const before = reloads(server, what, result)
    change()
    await eventually(() => reloads(server, what, result) > before)
  }

  await taken('a secret file', 'in use', () => secrets.put({ current: second, previous: first }))
  accepted = [first, second]
  await taken('the allowlist file', 'stays', () => lists.put({ allowed: '127.0.0.1/33, nonsense' }))
  await taken('the allowlist file', 'stays', () => lists.put({ allowed: '' }))
  await taken('a secret file', 'stays', () => secrets.put({ current: 'short', previous: first }))
  await taken('the allowlist file', 'stays', () => lists.put({}))
  accepted = [second]
  await driver.answered()
  await taken('a secret file', 'in use', () => secrets.put({ current: second, previous: '' }))
  await taken('the allowlist file', 'in use', () => lists.put({ allowed: '10.0.0.0/8\n127.0.0.1\n' }))
  await driver.stop()

  const seconds = (performance.now() - began) / 1000
  expect(driver.wrongAnswers).toEqual([])
  expect(driver.count()).toBeGreaterThan(1_000)
  expect(driver.count() / seconds).toBeGreaterThan(100) // on a busy machine its timer is late
  await eventually(async () => (await statusOf(server.ops, first)) === 401)
  const metrics = await (await fetch(`${server.health}/metrics`)).text()
  for (const file of ['secret', 'allowlist']) {
    expect(metrics).toMatch(new RegExp(`sallyport_reloads_total\\{file="${file}",result="used"\\} [1-9]`))
    expect(metrics).toMatch(new RegExp(`sallyport_reloads_total\\{file="${file}",result="refused"\\} [1-9]`))
  }
  server.kill('SIGTERM')
  expect((await server.exit).code).toBe(0)
  for (const secret of [first, second]) expect(server.output()).not.toContain(secret)
}, 60_000)

async function statusOf(ops: string, token: string): Promise<number> {
  const response = await fetch(`${ops}/api/migrate/nowhere`, {
    headers: { authorization: `Bearer ${token}` },
  })
  return response.status
}
