import { ask } from '../../torture/ask.js'
import { compare, type Contender } from '../measure/compare.js'
import type { Table } from '../measure/row.js'
import { openDoor, type Door } from '../world/door.js'
import { openCaller, requestOf } from '../world/http.js'
import type { World } from '../world/world.js'
import type { Work } from './work.js'

/** Pool sizes of the PgBouncers that this work is measured through. */
export const doorPools: readonly number[] = [20, 4]

/** Many replicas that are called at the same instant on an empty database. */
export const doors: Work = Object.freeze({
  name: 'doors',
  measure: async (world: World) => {
    const tables = [await measured(world, 'direct', undefined)]
    for (const pool of world.stage.pgbouncers.keys()) {
      tables.push(await measured(world, `PgBouncer, pool of ${pool}`, pool))
    }
    return tables
  },
})

async function measured(world: World, route: string, pool: number | undefined): Promise<Table> {
  const many = world.quick ? 8 : 32
  const direct = await world.createDatabase()
  const url = new URL(direct)
  const pooler = pool === undefined ? undefined : world.stage.pgbouncers.get(pool)
  if (pooler) url.port = String(pooler.port)
  const options = {
    url: url.href,
    migrations: `${world.set(20, 'table').dir}/knex`,
    cwd: world.directory('doors'),
  }
  const open: Door[] = []
  for (let count = 0; count < many; count += 1) open.push(await openDoor(options))
  for (const door of open) await callOf(door, 'GET').then(({ once }) => once())
  const turn =
    (of: readonly Door[]): Contender['measure'] =>
    async () => {
      await emptied(direct)
      return together(of)
    }
  const rows = await compare({
    rounds: world.rounds,
    base: 'one door',
    unit: 'ms',
    contenders: [
      { name: 'one door', measure: turn(open.slice(0, 1)) },
      { name: `${many} doors`, measure: turn(open), limit: { at: 'most', of: 1.5 } },
    ],
  })
  const [left] = await ask<{ locks: number }>(
    direct,
    "select count(*)::int as locks from pg_locks where locktype = 'advisory' and pid <> pg_backend_pid()",
  )
  await Promise.all(open.map((door) => door.kill()))
  return {
    title: `${many} running doors called at once, 20 pending, ${route}`,
    base: 'one door',
    rows,
    about: `From the first call to the last answer; every call was answered 200, else this would not be a figure. Advisory locks left: ${left?.locks ?? 0}.`,
  }
}

/** Milliseconds until the last of them has its 200. */
async function together(of: readonly Door[]): Promise<number> {
  const callers = await Promise.all(of.map((door) => callOf(door, 'POST')))
  const startedAt = performance.now()
  await Promise.all(callers.map(({ once }) => once()))
  const took = performance.now() - startedAt
  for (const caller of callers) caller.close()
  return took
}

function callOf({ port, secret }: Door, method: string): ReturnType<typeof openCaller> {
  const headers = { Authorization: `Bearer ${secret}`, 'Content-Length': '0' }
  return openCaller({ port, request: requestOf(method, '/api/migrate', headers), status: 200 })
}

/** As on the first day, for doors that stay. */
async function emptied(url: string): Promise<void> {
  await ask(url, 'drop schema if exists sallyport cascade; drop schema public cascade; create schema public')
}
