import { runCli, type Exit, type Spawned } from '../support/processes.js'
import { startServer, type TestServer } from '../support/server.js'
import { canaries, formsOf, leaksIn, row, type Canary } from './canaries.js'
import { answerOf, broken, crashing, indiscreet, plant, recordsOf, withPassword } from './canary-rig.js'
import type { Planted } from './canary-rig.js'
import { admitted, everywhere, refused, right } from './canary-requests.js'

const outputNames = [
  'statuses, headers and bodies of refused requests',
  'statuses, headers and bodies of admitted requests',
  'answers to runs that failed',
  'event streams of runs that failed',
  'the answers about runs that ended',
  'the log of a server',
  'the errors of a server',
  '/metrics and the probes',
  'the bookkeeping tables',
  'what Sentry received',
  'a start that is refused',
  'a server whose database refuses the password',
  'an uncaught crash',
  'sallyport migrate, status and plan',
  'sallyport migrate, status and plan with a wrong password',
  'sallyport with a malformed database URL',
  'sallyport with a knexfile that throws',
] as const

/** At both levels at once: most of it is waiting for processes. */
const gatherings: (() => Promise<void>)[] = []
beforeAll(() => Promise.all(gatherings.map((gather) => gather())), 120_000)

describe.each(['debug', 'info'] as const)('with LOG_LEVEL=%s no secret stands in', (level) => {
  const outputs = new Map<string, string[]>()
  const keep = (name: (typeof outputNames)[number], ...texts: string[]) =>
    outputs.set(name, [...(outputs.get(name) ?? []), ...texts])
  let planted: Planted

  gatherings.push(async () => {
    planted = await plant(level)
    const server = await startServer(planted.env, { cwd: planted.project.dir })
    await callAll(server)
    await metricsOf(server)
    await ended(server, 0, 'the log of a server', 'the errors of a server')
    await commands()
    await misconfigured()
    await crash()
    keep('the bookkeeping tables', ...(await recordsOf(planted)))
    keep('what Sentry received', ...planted.sentry.raw)
  })
  afterAll(() => planted.close())

  async function callAll({ ops }: TestServer) {
    for (const sent of refused) {
      const answer = await answerOf(ops, sent).catch(() => '400')
      keep('statuses, headers and bodies of refused requests', answer)
      expect([answer, answer.startsWith('4')]).toEqual([answer, true])
    }
    for (const sent of admitted) {
      const answer = await answerOf(ops, sent)
      expect(answer).toMatch(/^200 /)
      keep('statuses, headers and bodies of admitted requests', answer)
    }
    for (const source of Object.values(indiscreet)) {
      planted.project.write(broken, source)
      const sent = { method: 'POST', headers: everywhere(canaries.current) }
      const answer = await answerOf(ops, sent)
      expect(answer).toMatch(/^500 /)
      keep('answers to runs that failed', answer)
      const stream = { ...sent, headers: { ...sent.headers, accept: 'text/event-stream' } }
      keep('event streams of runs that failed', await answerOf(ops, stream))
    }
    const runs = await answerOf(ops, { path: '/api/migrate/runs', headers: right })
    const ids = [...runs.matchAll(/"runId":"([^"]+)"/g)].map(([, id]) => id)
    expect(ids.length).toBeGreaterThan(8)
    keep('the answers about runs that ended', runs)
    for (const path of ids.flatMap((id) => [`/${id}`, `/${id}/outcome`, `/${id}/events`])) {
      const answer = await answerOf(ops, { path: `/api/migrate/runs${path}`, headers: right })
      keep('the answers about runs that ended', answer)
    }
  }

  async function metricsOf({ health }: TestServer) {
    for (const path of [
      '/metrics',
      '/livez',
      '/readyz',
      '/startupz',
      `/${encodeURIComponent(canaries.current)}`,
    ])
      keep('/metrics and the probes', await answerOf(health, { path }))
  }

  type Name = (typeof outputNames)[number]
  async function ended(server: Spawned, code: number, out: Name, err: Name) {
    server.kill('SIGTERM')
    expect((await server.exit).code).toBe(code)
    keep(out, server.stdout())
    keep(err, server.stderr())
  }

  const cli = (args: string[], env = {}): Promise<Spawned & Exit> =>
    runCli(args, { cwd: planted.project.dir, env: { ...planted.env, ...env } })

  async function all(name: Name, lines: readonly string[], env: Record<string, string>, code: number) {
    const runs = await Promise.all(lines.map((line) => cli(line.split(' '), env)))
    for (const run of runs) {
      keep(name, run.output())
      expect([run.output(), run.code]).toEqual([run.output(), code])
    }
  }

  async function commands() {
    const { database, project, env } = planted
    planted.project.write(broken, indiscreet['an error with the secrets in it'])
    await all('sallyport migrate, status and plan', ['status', 'plan --json'], {}, 0)
    await all('sallyport migrate, status and plan', ['migrate', 'migrate --json'], {}, 1)
    const DATABASE_URL = withPassword(database.url, new URL(env['DATABASE_URL'] ?? '').username, 'x')
    const wrong = DATABASE_URL.replace(':x@', `:${encodeURIComponent(canaries.wrongPassword)}@`)
    const wrongly = 'sallyport migrate, status and plan with a wrong password'
    await all(wrongly, ['migrate', 'status --json', 'plan'], { DATABASE_URL: wrong }, 1)
    const malformed = { DATABASE_URL: `postgres://app:${canaries.wrongPassword}@db/app` }
    await all('sallyport with a malformed database URL', ['migrate', 'serve'], malformed, 78)
    project.write(
      '../knexfile',
      'throw new Error(process.env.DATABASE_URL + decodeURIComponent(process.env.DATABASE_URL))',
    )
    await all('sallyport with a knexfile that throws', ['status', 'migrate', 'serve'], {}, 78)
    project.remove('../knexfile')
    const server = await startServer(
      { ...env, DATABASE_URL: wrong, MIGRATE_ON_BOOT: 'true' },
      { cwd: project.dir },
    )
    keep('answers to runs that failed', await answerOf(server.ops, { method: 'POST', headers: right }))
    await server.printed(/28P01|password authentication/)
    const name = 'a server whose database refuses the password'
    await ended(server, 0, name, name)
  }

  async function misconfigured() {
    const { current, session } = canaries
    const faults = [{ NEXTAUTH_SECRET: current }, { MIGRATION_SECRET: session }]
    for (const fault of [...faults, { AUTH_SECRET: Buffer.from(current).toString('base64') }])
      await all('a start that is refused', ['serve'], fault, 78)
  }

  async function crash() {
    planted.project.write(broken, crashing)
    await all('an uncaught crash', ['migrate'], {}, 1)
    const server = await startServer(
      { ...planted.env, MIGRATE_ON_BOOT: 'true' },
      { cwd: planted.project.dir },
    )
    expect((await server.exit).code).toBe(1)
    keep('an uncaught crash', server.output())
  }

  test.each(outputNames)('%s', (name) => {
    const texts = outputs.get(name) ?? []
    expect(texts.join('').length).toBeGreaterThan(name === 'the errors of a server' ? -1 : 100)
    expect(texts.flatMap(leaksIn)).toEqual([])
  })

  test(`rows that database errors quote: ${level === 'debug' ? 'the log alone' : 'nothing'}`, () => {
    const seen = outputNames.filter((name) => outputs.get(name)?.some((text) => text.includes(row)))
    expect(seen).toEqual(level === 'debug' ? ['the log of a server'] : [])
  })
})

test.each(Object.keys(canaries) as Canary[])('the search finds %s in each of its forms', (name) => {
  for (const form of Object.values(formsOf(canaries[name])))
    expect([form, leaksIn(`a ${form} b`).length > 0]).toEqual([form, true])
})
