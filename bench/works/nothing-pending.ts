import { setTimeout as sleep } from 'node:timers/promises'
import { ask } from '../../torture/ask.js'
import { compare, type Contender } from '../measure/compare.js'
import { medianOf } from '../measure/sample.js'
import { counted, type Limit, type Row, type Table } from '../measure/row.js'
import { openMeter } from '../wire/meter.js'
import { openWithin, type Within } from '../world/within.js'
import type { World } from '../world/world.js'
import type { Work } from './work.js'

const peers = ['umzug', 'drizzle', 'knex', 'kysely', 'node-pg-migrate', 'postgres-migrations']

/** What a call costs when there is nothing to do, in a running process. */
export const nothingPending: Work = Object.freeze({
  name: 'nothing-pending',
  measure: async (world: World) => {
    const large = world.quick ? 1_000 : 10_000
    const few = ['select-one', 'sallyport', ...(world.peers ? peers : [])]
    const many = ['select-one', 'sallyport', ...(world.peers ? ['umzug', 'knex'] : [])]
    return [
      await timed(world, 100, few, { at: 'most', of: 4 }),
      await trips(world, 100, few.slice(1)),
      await timed(world, large, many),
      await growth(world, 100, large),
      await seldom(world, 100, large),
    ]
  },
})

async function timed(world: World, size: number, names: readonly string[], limit?: Limit): Promise<Table> {
  const open = await Promise.all(
    names.map(async (name) => ({ name, worker: await settled(world, name, size) })),
  )
  const contenders = open.map(({ name, worker }): Contender => {
    return { name, measure: worker.often, ...(name === 'sallyport' && limit && { limit }) }
  })
  const rows = await compare({ rounds: world.rounds, base: 'select-one', unit: 'ms', contenders })
  await Promise.all(open.map(({ worker }) => worker.close()))
  return {
    title: `Nothing pending, ${size} applied, in a running process`,
    base: 'select-one',
    rows,
    size,
    about: 'The call of each library in its own process, over one `SELECT 1` on a kept connection.',
  }
}

/** A contender whose migrations have all been applied, by itself. */
async function settled(world: World, name: string, size: number, port?: number): Promise<Within> {
  const url = new URL(await world.createDatabase())
  if (port !== undefined) url.port = String(port)
  const worker = await openWithin(name, { url: url.href, dir: world.set(size, 'nothing').dir })
  // Once to apply, once for what is only looked up at first.
  await worker.once()
  await worker.once()
  return worker
}

/** A statement that writes or locks; `CREATE … IF NOT EXISTS` asks for the lock of one who would create. */
const writing =
  /^\s*(?:\/\*.*?\*\/\s*)?(?:insert|update|delete|create|alter|drop|lock)\b|advisory_(?:xact_)?lock|\bfor update\b/im

async function trips(world: World, size: number, names: readonly string[]): Promise<Table> {
  const meter = await openMeter(world.stage.postgres.port)
  const rows: Row[] = []
  for (const name of names) {
    const worker = await settled(world, name, size, meter.port)
    meter.reset()
    await worker.once()
    const { roundTrips, connections, statements } = meter.counts()
    const writes = statements.filter((text) => writing.test(text)).length
    const ours = name === 'sallyport'
    rows.push({
      ...counted(name, 'round trips', roundTrips, ours ? { at: 'most', of: 1 } : undefined),
      note: `${connections} new connections, ${writes} statements that write or lock`,
    })
    await worker.close()
  }
  await meter.close()
  return {
    title: `Nothing pending, ${size} applied: round trips`,
    rows,
    about: 'Counted between client and server; the handshake of a new connection counts as one.',
  }
}

async function growth(world: World, few: number, many: number): Promise<Table> {
  const [small, large] = [await settled(world, 'sallyport', few), await settled(world, 'sallyport', many)]
  const rows = await compare({
    rounds: world.rounds,
    base: `${few} applied`,
    unit: 'ms',
    contenders: [
      { name: `${few} applied`, measure: small.often },
      { name: `${many} applied`, measure: large.often, limit: { at: 'most', of: 2 } },
    ],
  })
  await Promise.all([small.close(), large.close()])
  return {
    title: `Nothing pending: ${many} applied over ${few}`,
    base: `${few} applied`,
    rows,
    about:
      'The same call of Sallyport’s in two processes, one of which ships and has applied many more: one call after the other, while nobody writes to the database. The next table has what that spares.',
  }
}

/** What is spared when calls follow each other and nobody writes is done here in each: digests on the server, a look at each file. */
async function seldom(world: World, few: number, many: number): Promise<Table> {
  const elsewhere = await world.createDatabase()
  await ask(elsewhere, 'create table written (id int)')
  const afterPause = async (size: number): Promise<() => Promise<number>> => {
    const worker = await settled(world, 'sallyport', size)
    closing.push(worker)
    return async () => {
      const took: number[] = []
      while (took.length < 5) {
        await sleep(watchedForMs)
        await ask(elsewhere, 'insert into written values (1)')
        took.push(await worker.once())
      }
      return medianOf(took)
    }
  }
  const closing: Within[] = []
  const contenders = [
    { name: `${few} applied`, measure: await afterPause(few) },
    { name: `${many} applied`, measure: await afterPause(many) },
  ]
  const rows = await compare({ rounds: world.rounds, base: `${few} applied`, unit: 'ms', contenders })
  await Promise.all(closing.map((worker) => worker.close()))
  return {
    title: `Nothing pending: ${many} applied over ${few}, seldom asked`,
    base: `${few} applied`,
    rows,
    about:
      'Each call comes more than a second after the last, and after a write to another database of the server.',
  }
}

/** Milliseconds; longer than Sallyport relies on having looked at the files. */
const watchedForMs = 1_100
