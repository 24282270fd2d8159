import { freePort } from '../../torture/machine/ports.js'
import { compare } from '../measure/compare.js'
import { medianOf } from '../measure/sample.js'
import { openDoor } from '../world/door.js'
import { openCaller, requestOf, type Caller } from '../world/http.js'
import { contenderScript, listening, startProgram } from '../world/program.js'
import type { World } from '../world/world.js'
import type { Work } from './work.js'

/** The whole call through all gates, beside a handler that only asks the database. */
export const nothingPendingOverHttp: Work = Object.freeze({
  name: 'nothing-pending-http',
  measure: async (world: World) => {
    const cwd = world.directory('nothing-pending-http')
    const url = await world.createDatabase()
    const door = await openDoor({ url, migrations: `${world.set(100, 'nothing').dir}/knex`, cwd })
    const port = await freePort()
    const select = startProgram({
      script: contenderScript('servers/select-express.js'),
      cwd,
      env: { NODE_ENV: 'production', DATABASE_URL: url, PORT: String(port) },
    })
    await listening(port, select)
    const post = requestOf('POST', '/api/migrate', {
      Authorization: `Bearer ${door.secret}`,
      'Content-Length': '0',
    })
    const callers = {
      select: await openCaller({ port, request: post, status: 200 }),
      sallyport: await openCaller({ port: door.port, request: post, status: 200 }),
    }
    await warmUp(Object.values(callers))
    const rows = await compare({
      rounds: world.rounds,
      base: 'express + SELECT 1',
      unit: 'ms',
      contenders: [
        { name: 'express + SELECT 1', measure: () => medianTime(callers.select) },
        {
          name: 'sallyport POST',
          measure: () => medianTime(callers.sallyport),
          limit: { at: 'most', of: 1.5 },
        },
      ],
    })
    for (const caller of Object.values(callers)) caller.close()
    await Promise.all([door.kill(), select.kill()])
    const about =
      'One caller on a kept connection, one request after the other, after some thousands that are not counted: `sallyport serve` with all gates, and an Express 5 handler that makes one `SELECT 1`.'
    return [
      {
        title: 'POST with nothing pending, 100 applied, through all gates',
        base: 'express + SELECT 1',
        rows,
        about,
      },
    ]
  },
})

/**
 * V8 compiles what it has seen often enough; of two servers the one that does more would be compared half compiled. By
 * turns, since a server closes a connection on which nothing comes for seconds.
 */
async function warmUp(callers: readonly Caller[]): Promise<void> {
  for (let turn = 0; turn < 20; turn += 1) {
    for (const caller of callers) for (let times = 0; times < 250; times += 1) await caller.once()
  }
}

async function medianTime(caller: Caller): Promise<number> {
  const until = performance.now() + 300
  const took: number[] = []
  while (took.length < 3 || performance.now() < until) took.push(await caller.once())
  return medianOf(took)
}
