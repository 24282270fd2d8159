import { freePort } from '../../torture/machine/ports.js'
import { compare, type Contender } from '../measure/compare.js'
import type { Limit, Row, Table } from '../measure/row.js'
import { benchSecret, openDoor } from '../world/door.js'
import { requestOf, throughput, type Load } from '../world/http.js'
import { contenderScript, listening, startProgram, type Running } from '../world/program.js'
import type { World } from '../world/world.js'
import type { Work } from './work.js'

interface Server {
  readonly name: string
  readonly port: number
  readonly running: Running
}

/** What a request costs that is not let in. */
export const refused: Work = Object.freeze({
  name: 'refused',
  measure: async (world: World) => [await unauthorized(world), await forbidden(world)],
})

const limit: Limit = { at: 'least', of: 0.9 }

async function unauthorized(world: World): Promise<Table> {
  const cwd = world.directory('refused')
  const peers = world.peers ? ['helmet-express', 'filter-bearer-express', 'rate-limit-express'] : []
  const servers: Server[] = []
  for (const name of ['bare-express', ...peers, 'bare-http']) servers.push(await serving(name, cwd))
  const door = await openDoor({
    url: unusedDatabase,
    migrations: `${world.set(10, 'nothing').dir}/knex`,
    cwd,
  })
  servers.push({ name: 'sallyport', port: door.port, running: door })
  const request = requestOf('POST', '/api/migrate', { 'Content-Length': '0' })
  const contenders = servers.map(({ name, port }): Contender => {
    const measure = loading({ port, request, status: 401 })
    return { name, measure, ...(name === 'sallyport' && { limit }) }
  })
  const rows = await compareInShortTurns(world, 'bare-express', contenders)
  await Promise.all(servers.map(({ running }) => running.kill()))
  return {
    title: 'Refused for want of a token: 401',
    base: 'bare-express',
    rows,
    about:
      'Sixteen kept connections. Express 5 that answers 401 with `res.json` is 1; `sallyport serve` answers from behind all of its gates, with all headers, and logs each refusal to a file.',
  }
}

/** An address that is not on the list. Its connection is closed, so the peer closes it, too. */
async function forbidden(world: World): Promise<Table> {
  const cwd = world.directory('refused')
  const express = await serving('closing-express', cwd)
  const env = { MIGRATION_ALLOWED_IPS: '10.8.0.0/16' }
  const door = await openDoor({
    url: unusedDatabase,
    migrations: `${world.set(10, 'nothing').dir}/knex`,
    cwd,
    env,
  })
  const request = requestOf('POST', '/api/migrate', { 'Content-Length': '0' })
  const load = { request, status: 403 }
  const rows = await compareInShortTurns(world, 'closing-express', [
    { name: 'closing-express', measure: loading({ ...load, port: express.port }) },
    { name: 'sallyport', measure: loading({ ...load, port: door.port }), limit },
  ])
  await Promise.all([express.running.kill(), door.kill()])
  return {
    title: 'Refused for its address: 403',
    base: 'closing-express',
    rows,
    about:
      'A new connection for each request, since a stranger’s is closed; the Express beside it closes them, too.',
  }
}

/** Milliseconds of a turn. Shorter than what disturbs the machine, so that both of a pair are disturbed. */
const turnMs = 500

function loading(load: Omit<Load, 'connections' | 'forMs'>): () => Promise<number> {
  return () => throughput({ ...load, connections: 16, forMs: turnMs })
}

/** Many rounds, since turns are short; the first seconds of each, in which V8 compiles it, are not counted. */
async function compareInShortTurns(
  world: World,
  base: string,
  contenders: readonly Contender[],
): Promise<Row[]> {
  const warming = world.quick ? 1 : 6
  for (let turn = 0; turn < warming; turn += 1) for (const { measure } of contenders) await measure()
  const rounds = world.quick ? world.rounds : 4 * world.rounds
  return compare({ rounds, base, unit: 'requests/s', contenders })
}

/** No refused request opens a connection, so nothing has to be there. */
const unusedDatabase = 'postgres://nobody@127.0.0.1:9/none'

async function serving(name: string, cwd: string): Promise<Server> {
  const port = await freePort()
  const script = contenderScript(`servers/${name}.js`)
  const running = startProgram({
    script,
    cwd,
    env: { NODE_ENV: 'production', PORT: String(port), MIGRATION_SECRET: benchSecret },
  })
  await listening(port, running)
  return { name, port, running }
}
