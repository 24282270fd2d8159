import { compare, type Contender } from '../measure/compare.js'
import { counted, type Limit, type Table } from '../measure/row.js'
import { onPath } from '../../torture/machine/on-path.js'
import { openMeter } from '../wire/meter.js'
import { openDoor } from '../world/door.js'
import { openCaller, requestOf } from '../world/http.js'
import { contenderScript, runProgram, sallyportScript, type Program } from '../world/program.js'
import { openWithin } from '../world/within.js'
import type { World } from '../world/world.js'
import { setTimeout as sleep } from 'node:timers/promises'
import { createRequire } from 'node:module'
import { basename } from 'node:path'
import type { Work } from './work.js'

const require = createRequire(import.meta.url)

/** What it costs to apply, each migration a table and its index, by a process that is running already. */
export const pending: Work = Object.freeze({
  name: 'pending',
  measure: async (world: World) => {
    const tables: Table[] = []
    for (const size of world.quick ? [10, 100] : [10, 100, 1_000]) tables.push(await timed(world, size))
    tables.push(await trips(world, world.quick ? 100 : 1_000))
    tables.push(await asProcesses(world, world.quick ? 10 : 100))
    return tables
  },
})

async function timed(world: World, size: number): Promise<Table> {
  const peers = world.peers ? ['umzug', 'drizzle', 'kysely', 'node-pg-migrate', 'postgres-migrations'] : []
  const psql = onPath('psql')
  const contenders: Contender[] = [
    { name: 'knex', measure: () => once(world, 'knex', size) },
    { name: 'sallyport POST', measure: () => post(world, size), limit: { at: 'most', of: 1.1 } },
    ...peers.map((name) => ({ name, measure: () => once(world, name, size) })),
    ...(psql === undefined ? [] : [{ name: 'psql -1', measure: () => byPsql(world, psql, size) }]),
  ]
  return {
    title: `${size} pending, by a running process`,
    base: 'knex',
    rows: await compare({ rounds: world.rounds, base: 'knex', unit: 'ms', contenders }),
    size,
    about:
      'Each migration makes a table and its index. `sallyport serve` by POST, journal and fence included; the others by their library in a running process; psql (a process of its own, one transaction) is the floor.',
  }
}

/** A fresh process with a kept connection, a fresh database, one call. */
async function once(world: World, name: string, size: number): Promise<number> {
  const url = await world.createDatabase()
  const worker = await openWithin(name, { url, dir: world.set(size, 'table').dir })
  const took = await worker.once()
  await worker.close()
  await dropped(world, url)
  return took
}

async function post(world: World, size: number): Promise<number> {
  const url = await world.createDatabase()
  const door = await openAskedDoor(world, url, size)
  const took = await callOnce(door.port, 'POST', door.secret)
  await door.kill()
  await dropped(world, url)
  return took
}

/**
 * One that has run for a while: it was asked, so it is connected and has looked, and since it is behind it has loaded what a
 * run needs.
 */
async function openAskedDoor(world: World, url: string, size: number) {
  const migrations = `${world.set(size, 'table').dir}/knex`
  const door = await openDoor({ url, migrations, cwd: world.directory('pending') })
  await callOnce(door.port, 'GET', door.secret)
  await sleep(whileMs)
  return door
}

/** A replica waits longer than this for whoever calls it. */
const whileMs = 1_000

async function callOnce(port: number, method: string, secret: string): Promise<number> {
  const headers = { Authorization: `Bearer ${secret}`, 'Content-Length': '0' }
  const caller = await openCaller({ port, request: requestOf(method, '/api/migrate', headers), status: 200 })
  const took = await caller.once()
  caller.close()
  return took
}

async function byPsql(world: World, psql: string, size: number): Promise<number> {
  const url = await world.createDatabase()
  const args = [
    '-X',
    '-q',
    '-1',
    '-v',
    'ON_ERROR_STOP=1',
    '-f',
    `${world.set(size, 'table').dir}/all.sql`,
    url,
  ]
  const took = await runProgram({ file: psql, args, cwd: world.directory('pending'), env: {} })
  await dropped(world, url)
  return took
}

async function dropped(world: World, url: string): Promise<void> {
  await world.stage.dropDatabase(basename(new URL(url).pathname))
}

async function trips(world: World, size: number): Promise<Table> {
  const meter = await openMeter(world.stage.postgres.port)
  const database = async (): Promise<string> => {
    const url = new URL(await world.createDatabase())
    url.port = String(meter.port)
    return url.href
  }
  const row = (name: string, limit?: Limit) => {
    const { roundTrips, connections } = meter.counts()
    return { ...counted(name, 'round trips', roundTrips, limit), note: `${connections} new connections` }
  }
  const through = async (name: string) => {
    const worker = await openWithin(name, { url: await database(), dir: world.set(size, 'table').dir })
    meter.reset()
    await worker.once()
    const found = row(name)
    await worker.close()
    return found
  }
  const byDoor = async () => {
    const door = await openAskedDoor(world, await database(), size)
    meter.reset()
    await callOnce(door.port, 'POST', door.secret)
    const found = row('sallyport POST', { at: 'most', of: 2 * size + 20 })
    await door.kill()
    return found
  }
  const rows = [
    await through('knex'),
    await byDoor(),
    ...(world.peers ? [await through('umzug'), await through('kysely')] : []),
  ]
  await meter.close()
  return {
    title: `${size} pending, on an empty database: round trips`,
    rows,
    about:
      'Counted between client and server, tables of the tool’s own and new connections included; of the door also its looks at the run.',
  }
}

async function asProcesses(world: World, size: number): Promise<Table> {
  const { dir } = world.set(size, 'table')
  const whole = async (program: Omit<Program, 'cwd'>): Promise<number> => {
    const url = await world.createDatabase()
    const env = { NODE_ENV: 'production', DATABASE_URL: url, SET: dir, ...program.env }
    const took = await runProgram({ ...program, env, cwd: dir })
    await dropped(world, url)
    return took
  }
  const sallyport = { script: sallyportScript, args: ['migrate'], env: { MIGRATIONS_DIR: './knex' } }
  const knex = { script: require.resolve('knex/bin/cli.js'), args: ['migrate:latest'], env: {} }
  const contenders: Contender[] = [
    { name: 'knex migrate:latest', measure: () => whole(knex) },
    { name: 'sallyport migrate', measure: () => whole(sallyport), limit: { at: 'most', of: 1 } },
  ]
  for (const name of world.peers ? ['umzug', 'postgres-migrations'] : []) {
    const script = contenderScript(`commands/${name}.js`)
    contenders.push({ name: `${name} script`, measure: () => whole({ script, env: {} }) })
  }
  return {
    title: `${size} pending, as a process`,
    base: 'knex migrate:latest',
    rows: await compare({ rounds: world.rounds, base: 'knex migrate:latest', unit: 'ms', contenders }),
    about: 'From the start of the process to its end.',
  }
}
