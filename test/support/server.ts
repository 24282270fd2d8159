import { startCli, type SpawnOptions, type Spawned } from './processes.js'

export const secret = '6d1f7c1b0a5e4c0f9b8a7d6e5f4c3b2a19087f6e5d4c3b2a1f0e9d8c7b6a5f4e'

/** A running `sallyport serve` in production. */
export interface TestServer extends Spawned {
  readonly ops: string
  readonly health: string
  /** POST /api/migrate with the right token. */
  migrate(body?: unknown): Promise<{ status: number; headers: Headers; body: Record<string, unknown> }>
  /** Status and body of a probe. */
  probe(
    name: 'livez' | 'startupz' | 'readyz',
  ): Promise<readonly [number, { status: string; reasons: string[] }]>
}

/** Production on loopback with free ports; `env` replaces any of it. */
export function serverEnvironment(databaseUrl: string, env: Readonly<Record<string, string>> = {}) {
  return {
    NODE_ENV: 'production',
    DATABASE_URL: databaseUrl,
    MIGRATION_SECRET: secret,
    MIGRATION_ALLOWED_IPS: '127.0.0.1',
    HOST: '127.0.0.1',
    PORT: '0',
    HEALTH_PORT: '0',
    ...env,
  }
}

/** Starts the compiled server and waits until both ports listen. */
export async function startServer(
  env: Readonly<Record<string, string>>,
  options: SpawnOptions,
): Promise<TestServer> {
  const server = startCli(['serve'], { ...options, env })
  const health = `http://127.0.0.1:${await portOf(server, /health port: (\d+)/)}`
  const ops =
    env.MIGRATION_ENDPOINT === 'off' ? '' : `http://127.0.0.1:${await portOf(server, /ops port: (\d+)/)}`
  return Object.freeze({
    ...server,
    ops,
    health,
    migrate: async (body?: unknown) => {
      const response = await fetch(`${ops}/api/migrate`, {
        method: 'POST',
        headers: {
          authorization: `Bearer ${secret}`,
          ...(body ? { 'content-type': 'application/json' } : {}),
        },
        ...(body ? { body: JSON.stringify(body) } : {}),
      })
      const answer = (await response.json()) as Record<string, unknown>
      return { status: response.status, headers: response.headers, body: answer }
    },
    probe: async (name: string) => {
      const response = await fetch(`${health}/${name}`)
      return [response.status, (await response.json()) as { status: string; reasons: string[] }] as const
    },
  })
}

async function portOf(server: Spawned, pattern: RegExp): Promise<string> {
  return (await server.printed(pattern))[1] ?? ''
}
