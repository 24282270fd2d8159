import { setTimeout as sleep } from 'node:timers/promises'
import { createDatabase, type TestDatabase } from '../support/database.js'
import { createTestProject, migrationOf, type TestProject } from '../support/project.js'
import { secret } from '../support/server.js'
import { nginxFile, startNginx, type Nginx } from './nginx.js'
import { startPod, startUsers, type Pod } from './pods.js'
import { inTurns, type Turns } from './turns.js'

const accounts = { '001_accounts': migrationOf('create table accounts (id int, name text)') }
const releases = {
  '1.4.0': 'select id, name from accounts',
  // Fails where its migration is not applied yet.
  '1.5.0': 'select id, name, tier from accounts',
} as const
type Release = keyof typeof releases

let database: TestDatabase
let projects: Record<Release, TestProject>
beforeAll(async () => {
  database = await createDatabase()
  projects = { '1.4.0': createTestProject(accounts), '1.5.0': createTestProject(accounts) }
  const tier = migrationOf('select pg_sleep(3)', 'alter table accounts add column tier text')
  projects['1.5.0'].write('002_tier', tier)
})
afterAll(async () => {
  for (const project of Object.values(projects)) project.destroy()
  await database.drop()
})

const pod = (release: Release): Promise<Pod> =>
  startPod(release, projects[release], database.url, releases[release])

/** The Service of ready pods. No second try at another pod hides a request that one of them refuses. */
const balancing = (pods: readonly Pod[]): string => `
  upstream shop { ${pods.map(({ users }) => `server ${users} max_fails=0;`).join(' ')} }
  server {
    listen 127.0.0.1:PORT;
    location = /nginx-is-here { return 204; }
    location / { proxy_pass http://shop; proxy_next_upstream off; }
  }`

interface Told {
  readonly status: number
  readonly body: Readonly<Record<string, unknown>>
}

/** A caller who comes again and again, on new connections, with the new release's head. */
function startCaller(door: Turns) {
  const told: Told[] = []
  const over = new AbortController()
  const calling = (async () => {
    while (!over.signal.aborted) {
      const response = await fetch(`${door.url}/api/migrate?expect=002_tier`, {
        method: 'POST',
        headers: { authorization: `Bearer ${secret}`, connection: 'close' },
      }).catch(() => undefined)
      if (response) told.push({ status: response.status, body: (await response.json()) as Told['body'] })
      await sleep(50)
    }
  })()
  const stop = async () => {
    over.abort()
    await calling
  }
  return { told, stop }
}

/** As a Deployment with `maxSurge: 1` and `maxUnavailable: 0` does it; the pods of the new release. */
async function rollOut(before: readonly Pod[], nginx: Nginx, door: Turns): Promise<Pod[]> {
  const after: Pod[] = []
  for (const [index, leaving] of before.entries()) {
    const staying = before.slice(index + 1)
    const coming = await pod('1.5.0')
    // Ready or not, the ops Service publishes it.
    door.to(...[leaving, ...staying, ...after, coming].map(({ ops }) => ops))
    await coming.ready()
    after.push(coming)
    await nginx.use(balancing([leaving, ...staying, ...after]))
    // It leaves the Service first and is told then, as a preStop pause has it.
    await nginx.use(balancing([...staying, ...after]))
    leaving.kill('SIGTERM')
    expect(await leaving.exit).toEqual({ code: 0, signal: null })
    door.to(...[...staying, ...after].map(({ ops }) => ops))
  }
  return after
}

if (nginxFile()) {
  test('a rolling update behind nginx: no user is refused, one run, every caller is told the truth', async () => {
    const before = await Promise.all([pod('1.4.0'), pod('1.4.0'), pod('1.4.0')])
    await Promise.all(before.map(({ ready }) => ready()))
    const nginx = await startNginx(balancing(before))
    const door = await inTurns(...before.map(({ ops }) => ops))
    const users = startUsers(`${nginx.url}/accounts`, 6)
    const callers = [startCaller(door), startCaller(door)]

    const after = await rollOut(before, nginx, door)

    await Promise.all(callers.map(({ stop }) => stop()))
    await users.stop()
    expect(users.refused).toEqual([])
    for (const release of Object.keys(releases)) expect(users.served.get(release)).toBeGreaterThan(10)

    const runs = await database.query<{ id: string; plan: string }>(
      "select id, plan::text from sallyport.runs where plan::text like '%002_tier%'",
    )
    expect(runs).toHaveLength(1)
    const told = callers.flatMap((caller) => caller.told)
    tellFigures(users.served, told)
    for (const { status, body } of told) expect(truth(status, body, runs[0]?.id)).toBe('true')
    for (const status of [200, 412]) expect(told.map((one) => one.status)).toContain(status)

    for (const one of after) one.kill('SIGTERM')
    for (const one of after) expect((await one.exit).code).toBe(0)
    await nginx.stop()
    await door.close()
  }, 180_000)
}

/** `true`, or what was said that is not. */
function truth(status: number, body: Told['body'], runId: string | undefined): string {
  const { release, head, code } = body
  if (status === 412 && code === 'unexpected_head' && head === '001_accounts') return 'true'
  if (status === 503 && code === 'draining') return 'true'
  const done = body['status'] === 'up_to_date' ? body['runId'] === null : body['runId'] === runId
  if (status === 200 && release === '1.5.0' && done) return 'true'
  return `${status} ${JSON.stringify(body)}`
}

/** With SHOW_FIGURES=1, for whoever looks. */
function tellFigures(served: ReadonlyMap<string, number>, told: readonly Told[]): void {
  if (process.env.SHOW_FIGURES === undefined) return
  const counts: Record<string, number> = {}
  for (const { status, body } of told) {
    const key = `${status} ${String(body['code'] ?? body['status'])}${body['joined'] ? ' joined' : ''}`
    counts[key] = (counts[key] ?? 0) + 1
  }
  console.log(JSON.stringify({ served: Object.fromEntries(served), told: counts }))
}
