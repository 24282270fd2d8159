import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startCli } from '../support/processes.js'

const scratch = mkdtempSync(join(tmpdir(), 'sallyport-refusals-'))
afterAll(() => rmSync(scratch, { recursive: true, force: true }))

/** How often functions were called, by the end of their script's path. */
type Calls = ReadonlyMap<string, number>

interface Script {
  readonly url: string
  readonly functions: readonly {
    readonly ranges: readonly { readonly count: number }[]
    functionName: string
  }[]
}

/** What V8 has counted over the life of a server that refused so many requests, one after the other. */
async function callsIn(allowed: string, status: number, refusals: number): Promise<Calls> {
  const coverage = mkdtempSync(join(scratch, 'coverage-'))
  const server = startCli(['serve'], {
    cwd: scratch,
    env: {
      NODE_ENV: 'production',
      // No refused request opens a connection.
      DATABASE_URL: 'postgres://nobody@127.0.0.1:9/none',
      MIGRATION_SECRET: 'Zx8vQ2mN5rT7wY1kB4cF6hJ9pL3sD0gA',
      MIGRATION_ALLOWED_IPS: allowed,
      HOST: '127.0.0.1',
      PORT: '0',
      HEALTH_PORT: '0',
      MIGRATE_ON_BOOT: 'false',
      NODE_V8_COVERAGE: coverage,
    },
  })
  const [, port] = await server.printed(/ops port: (\d+)/)
  for (let sent = 0; sent < refusals; sent += 1) {
    const answer = await fetch(`http://127.0.0.1:${String(port)}/api/migrate`, { method: 'POST' })
    await answer.text()
    expect(answer.status).toBe(status)
  }
  server.kill('SIGTERM')
  await server.exit
  return countsIn(join(coverage, readdirSync(coverage)[0] ?? ''))
}

function countsIn(file: string): Calls {
  const { result } = JSON.parse(readFileSync(file, 'utf8')) as { result: readonly Script[] }
  const counts = new Map<string, number>()
  for (const { url, functions } of result) {
    for (const { functionName, ranges } of functions) {
      const name = `${url} ${functionName}`
      counts.set(name, (counts.get(name) ?? 0) + (ranges[0]?.count ?? 0))
    }
  }
  return counts
}

function sumOf(calls: Calls, which: RegExp): number {
  return [...calls].reduce((sum, [name, count]) => (which.test(name) ? sum + count : sum), 0)
}

const ours = /\/dist\/(?:src|config)\//
const layers = /\/router\/lib\/layer\.js handleRequest$/

test.each([
  ['an address that is not on the list', '10.8.0.0/16', 403, 1, 135],
  ['a missing token', '127.0.0.1', 401, 2, 150],
])(
  '%s is refused in one layer of Express for each part of the chain, and with no more calls of functions than it was',
  async (_, allowed, status, ofLayers, ofOurs) => {
    const [few, many] = [100, 300]
    const less = await callsIn(allowed, status, few)
    const more = await callsIn(allowed, status, many)
    const perRefusal = (which: RegExp): number => (sumOf(more, which) - sumOf(less, which)) / (many - few)
    expect(perRefusal(layers)).toBe(ofLayers)
    // Timers that tick meanwhile add a fraction.
    expect(Math.round(perRefusal(ours))).toBeLessThanOrEqual(ofOurs)
  },
  90_000,
)
