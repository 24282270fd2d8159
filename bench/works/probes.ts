import { freePort } from '../../torture/machine/ports.js'
import { compare } from '../measure/compare.js'
import { counted } from '../measure/row.js'
import { openMeter } from '../wire/meter.js'
import { openDoor } from '../world/door.js'
import { firstAnswer } from '../world/first-answer.js'
import { requestOf, throughput } from '../world/http.js'
import { contenderScript, listening, startProgram } from '../world/program.js'
import type { World } from '../world/world.js'
import type { Work } from './work.js'

/** What probes cost, the process and the database. */
export const probes: Work = Object.freeze({
  name: 'probes',
  measure: async (world: World) => {
    const cwd = world.directory('probes')
    const meter = await openMeter(world.stage.postgres.port)
    const url = new URL(await world.createDatabase())
    url.port = String(meter.port)
    const migrations = `${world.set(10, 'nothing').dir}/knex`
    const env = { MIGRATE_ON_BOOT: 'true' }
    const ready = await openDoor({ url: url.href, migrations, cwd, env })
    const behind = await openDoor({ url: url.href, migrations: `${world.set(20, 'nothing').dir}/knex`, cwd })
    await firstAnswer({ port: ready.healthPort, path: '/readyz', running: ready })
    const port = await freePort()
    const programEnv = { NODE_ENV: 'production', PORT: String(port) }
    const express = startProgram({ script: contenderScript('servers/bare-express.js'), cwd, env: programEnv })
    await listening(port, express)
    const forMs = world.quick ? 500 : 2_000
    const probe = { request: requestOf('GET', '/readyz'), connections: 16, forMs, status: 200 }
    const live = { ...probe, request: requestOf('GET', '/livez'), port }
    const limit = { at: 'least', of: 1 } as const
    const rows = await compare({
      rounds: world.rounds,
      base: 'bare-express',
      unit: 'requests/s',
      contenders: [
        { name: 'bare-express', measure: () => throughput(live) },
        {
          name: 'sallyport, /readyz',
          measure: () => throughput({ ...probe, port: ready.healthPort }),
          limit,
        },
      ],
    })
    // It connects and looks for its tables once.
    await throughput({ ...probe, port: behind.healthPort, status: 503, forMs: 1_500 })
    meter.reset()
    const seconds = 5
    await throughput({ ...probe, port: behind.healthPort, status: 503, forMs: seconds * 1000 })
    const { statements } = meter.counts()
    // Within five seconds there is room for the first of six.
    const perSecond = (statements.length - 1) / seconds
    await Promise.all([ready.kill(), behind.kill(), express.kill()])
    await meter.close()
    return [
      {
        title: 'Probes',
        base: 'bare-express',
        rows,
        about:
          'Sixteen kept connections on `/readyz` of a replica that is ready, beside `res.json` of Express 5.',
      },
      {
        title: 'Queries that probes cost',
        rows: [counted('sallyport, not ready', 'queries/s', perSecond, { at: 'most', of: 1 })],
        about:
          'While a replica is behind each probe may be a question; a ready one asks the database nothing more.',
      },
    ]
  },
})
