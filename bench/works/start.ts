import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { freePort } from '../../torture/machine/ports.js'
import { compare, type Contender } from '../measure/compare.js'
import type { Table } from '../measure/row.js'
import { sampleOf } from '../measure/sample.js'
import { doorEnvironment } from '../world/door.js'
import { contenderScript, runProgram, sallyportScript, startProgram, type Program } from '../world/program.js'
import { firstAnswer } from '../world/first-answer.js'
import type { World } from '../world/world.js'
import type { Work } from './work.js'

/** From the start of a process to its first 200. */
export const start: Work = Object.freeze({
  name: 'start',
  measure: async (world: World) => {
    const cwd = world.directory('start')
    const url = await world.createDatabase()
    const options = { url, migrations: `${world.set(100, 'nothing').dir}/knex`, cwd }
    const sallyport = { script: sallyportScript, cwd }
    await runProgram({ ...sallyport, args: ['migrate'], env: doorEnvironment(options) })
    const sentry = await sink()
    const serve = { ...sallyport, args: ['serve'], env: doorEnvironment(options) }
    const env = { NODE_ENV: 'production', DATABASE_URL: url }
    const peer = (name: string): Program => ({ script: contenderScript(`servers/${name}.js`), cwd, env })
    const starts: readonly Start[] = [
      { name: 'bare-express', program: peer('bare-express'), path: '/livez' },
      { name: 'bare-http', program: peer('bare-http'), path: '/livez' },
      { name: 'express + helmet + pg + knex + winston', program: peer('stack-express'), path: '/livez' },
      { name: 'express + @sentry/node', program: peer('sentry-express'), path: '/livez' },
      { name: 'sallyport, /livez', program: serve, path: '/livez', most: 1.1 },
      { name: 'sallyport, /readyz', program: serve, path: '/readyz', most: 1.7 },
      {
        name: 'sallyport with a DSN, /readyz',
        program: { ...serve, env: { ...serve.env, SENTRY_DSN: sentry.dsn } },
        path: '/readyz',
        most: 3,
      },
    ]
    const tables = await timed(world, starts)
    sentry.close()
    return tables
  },
})

interface Start {
  readonly name: string
  readonly program: Program
  readonly path: string
  readonly most?: number
}

async function timed(world: World, starts: readonly Start[]): Promise<readonly Table[]> {
  const memory = new Map(starts.map(({ name }) => [name, [] as number[]]))
  const contenders = starts.map(({ name, program, path, most }): Contender => {
    const measure = async (): Promise<number> => {
      const { took, rssMiB } = await once(program, path)
      memory.get(name)?.push(rssMiB)
      return took
    }
    return { name, measure, ...(most !== undefined && { limit: { at: 'most', of: most } }) }
  })
  const rows = await compare({ rounds: world.rounds, base: 'bare-express', unit: 'ms', contenders })
  const resident = starts.map(({ name }) => ({
    name,
    unit: 'MiB',
    value: sampleOf(memory.get(name) ?? []),
    ...(name === 'sallyport, /readyz' && { limit: { at: 'most', of: 80 } as const }),
  }))
  return [
    {
      title: 'Process start to the first 200',
      base: 'bare-express',
      rows,
      about:
        'Nothing is pending; 100 migrations are applied. Asked again every millisecond until it answers 200.',
    },
    { title: 'Resident memory at that time', rows: resident, about: 'VmRSS, where /proc has it.' },
  ]
}

async function once(program: Program, path: string): Promise<{ took: number; rssMiB: number }> {
  const [port, healthPort] = [await freePort(), await freePort()]
  const startedAt = performance.now()
  const running = startProgram({
    ...program,
    env: { ...program.env, PORT: String(port), HEALTH_PORT: String(healthPort) },
  })
  const asked = program.script === sallyportScript ? healthPort : port
  await firstAnswer({ port: asked, path, running })
  const took = performance.now() - startedAt
  const rssMiB = residentMiB(running.pid)
  await running.kill()
  return { took, rssMiB }
}

function residentMiB(pid: number): number {
  try {
    return Number(/VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024
  } catch {
    return Number.NaN
  }
}

/** Takes what an alert client sends. */
async function sink(): Promise<{ readonly dsn: string; close(): void }> {
  const server = createServer((request, response) => {
    request.resume()
    response.end('{}')
  })
  const port = await freePort()
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve))
  return { dsn: `http://key@127.0.0.1:${port}/1`, close: () => void server.close() }
}
