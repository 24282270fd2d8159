import { createDatabase } from '../support/database.js'
import { createHostProject } from '../support/host-project.js'
import { secret } from '../support/server.js'
import { packTarball, type PublishedFile } from '../support/tarball.js'
import { kinds, tsconfig, type Kind } from './programs.js'

let packed: readonly PublishedFile[]
beforeAll(async () => {
  packed = await packTarball()
})

const name = '20250101000000_create_accounts'

function hostOf({ type, source, main, migration }: Kind) {
  const typescript = main.startsWith('build/')
  return createHostProject({
    type,
    packed,
    dependencies: ['@types/node'],
    files: {
      [typescript ? 'src/app.ts' : main]: source,
      [`migrations/${name}.${migration.extension}`]: migration.text,
      ...(typescript ? { 'tsconfig.json': tsconfig } : {}),
    },
  })
}

async function call(url: string, init: RequestInit = {}) {
  const response = await fetch(url, init)
  const body = (await response.json()) as Record<string, unknown>
  return [response.status, body] as const
}

test.each(kinds)(
  'an application in $title mounts the door and the probes, migrates and closes',
  async (kind) => {
    const host = hostOf(kind)
    const database = await createDatabase()
    try {
      if (kind.main.startsWith('build/')) {
        const compiled = await host.compile()
        expect([compiled.code, compiled.output()]).toEqual([0, ''])
      }
      const env = { NODE_ENV: 'production', DATABASE_URL: database.url, MIGRATION_SECRET: secret }
      const app = host.node([kind.main], env)
      const [, port = '', healthPort = ''] = await app.printed(/^listening (\d+) (\d+)$/m)
      const [base, health] = [`http://127.0.0.1:${port}`, `http://127.0.0.1:${healthPort}`]
      const authorised = { method: 'POST', headers: { authorization: `Bearer ${secret}` } }

      expect(await call(`${base}/vpn`)).toMatchObject([403, { code: 'forbidden' }])
      expect(await call(`${base}/api/migrate`, { method: 'POST' })).toMatchObject([
        401,
        { success: false, error: 'Unauthorized', code: 'unauthorized' },
      ])
      expect(await call(`${base}/api/migrate?dryRun=true`, authorised)).toMatchObject([
        200,
        { status: 'planned', pending: [{ name }] },
      ])
      expect(await call(`${health}/readyz`)).toMatchObject([503, { reasons: ['pending'] }])

      const [mine, theirs] = await Promise.all([
        call(`${base}/own/migrate`, { method: 'POST' }),
        call(`${base}/api/migrate`, authorised),
      ])
      expect([mine[0], theirs[0]]).toEqual([200, 200])
      expect([mine[1]['status'], theirs[1]['status']]).toContain('applied')
      expect(theirs[1]).toMatchObject({ success: true, release: '1.4.0' })
      expect(await database.query('select count(*)::int as rows from knex_migrations')).toEqual([{ rows: 1 }])
      expect((await fetch(`${health}/metrics`)).status).toBe(200)

      app.kill('SIGTERM')
      expect(await app.exit).toEqual({ code: 0, signal: null })
      expect(app.stdout()).toContain('the borrowed knex was still open')
      expect(app.output()).not.toContain(secret)
    } finally {
      host.destroy()
      await database.drop()
    }
  },
  60_000,
)

const twoCopies = `
const { join } = require('node:path')
const knexFactory = require('knex')
const copies = ['node_modules/sallyport', 'copy/node_modules/sallyport'].map((dir) => require(join(__dirname, dir)))
const doors = copies.map(({ sallyport }) => {
  const knex = knexFactory({ client: 'pg', connection: process.env.DATABASE_URL })
  const door = sallyport({ knex, secret: process.env.MIGRATION_SECRET, allowedIps: ['127.0.0.1'] })
  return { migrate: door.migrate, close: () => Promise.all([door.close(), knex.destroy()]) }
})
async function main() {
  const outcomes = await Promise.all(doors.map(({ migrate }) => migrate()))
  await Promise.all(doors.map(({ close }) => close()))
  console.log(JSON.stringify({ distinct: copies[0].sallyport !== copies[1].sallyport, outcomes }))
}
main()
`

test('two copies of the package in one process apply a migration once', async () => {
  const [, commonjs = kinds[0]] = kinds
  const host = hostOf({ ...(commonjs as Kind), source: twoCopies })
  const database = await createDatabase()
  try {
    for (const { path, content } of packed)
      host.write(`copy/node_modules/sallyport/${path}`, content.toString())
    const run = host.node(['app.js'], { DATABASE_URL: database.url, MIGRATION_SECRET: secret })
    expect([(await run.exit).code, run.stderr()]).toEqual([0, ''])
    const { distinct, outcomes } = JSON.parse(run.stdout()) as {
      distinct: boolean
      outcomes: { status: string; runId: string | null; applied: unknown[] }[]
    }
    expect(distinct).toBe(true)
    expect(outcomes.map(({ status }) => status)).toContain('applied')
    expect(outcomes.every(({ status }) => ['applied', 'up_to_date'].includes(status))).toBe(true)
    const runs = outcomes.flatMap(({ runId }) => runId ?? [])
    expect(new Set(runs).size).toBe(1)
    expect(await database.query('select name from knex_migrations')).toEqual([{ name: `${name}.js` }])
  } finally {
    host.destroy()
    await database.drop()
  }
})

test('a bundler’s way of resolving modules finds the types as well', async () => {
  const [, , typescript = kinds[0]] = kinds
  const source =
    "import { sallyport, type SallyportOptions } from 'sallyport'\nexport const make = (options: SallyportOptions) => sallyport(options)\n"
  const host = hostOf({ ...(typescript as Kind), source })
  try {
    const { compilerOptions } = JSON.parse(tsconfig) as { compilerOptions: Record<string, unknown> }
    const bundler = { ...compilerOptions, module: 'ESNext', moduleResolution: 'Bundler', noEmit: true }
    host.write('tsconfig.json', JSON.stringify({ compilerOptions: bundler, include: ['src'] }))
    const compiled = await host.compile()
    expect([compiled.code, compiled.output()]).toEqual([0, ''])
  } finally {
    host.destroy()
  }
})
