import { readFileSync } from 'node:fs'

import { compare, type Contender } from '../measure/compare.js'
import { counted, type Row, type Table } from '../measure/row.js'
import { fillJournal, type FilledJournal } from '../world/filled-journal.js'
import { openWithin, type Within } from '../world/within.js'
import type { World } from '../world/world.js'
import type { Work } from './work.js'

/** What the journal costs: one more record, and verifying all of them. */
export const journal: Work = Object.freeze({
  name: 'journal',
  measure: async (world: World) => {
    const { dir } = world.set(10, 'nothing')
    const small = await fillJournal(world, world.quick ? 2_000 : 10_000, dir)
    const large = await fillJournal(world, world.quick ? 20_000 : 100_000, dir)
    return [
      ...(await verifying(world, large, dir)),
      await memory([small, large], dir),
      await appending(world, large, dir),
    ]
  },
})

async function verifying(world: World, { url, records }: FilledJournal, dir: string): Promise<Table[]> {
  const names = {
    'SHA-256 of the same texts': 'sha256',
    'reading them': 'read-journal',
    sallyport: 'journal-verify',
  }
  const rows = await side(world, { names, url, dir, base: 'SHA-256 of the same texts', repeat: 'once' })
  const took = rows.at(-1)?.value
  const perSecond = (ms = Number.NaN): number => Math.round((records / ms) * 1_000)
  const rate: Row = {
    name: 'sallyport',
    unit: 'records/s',
    value: {
      median: perSecond(took?.median),
      min: perSecond(took?.max),
      max: perSecond(took?.min),
      rounds: took?.rounds ?? 0,
    },
    limit: { at: 'least', of: 100_000 },
  }
  return [
    {
      title: `Verifying a journal of ${records} records`,
      base: 'SHA-256 of the same texts',
      rows,
      about:
        'The whole of `journal verify` in a running process: read, hashed, parsed, held to canonical form, and the tables of runs compared. Beside it `crypto.hash` of the same texts, which are in memory already, and reading them by the driver alone.',
    },
    { title: 'Records verified in a second', rows: [rate], about: 'The figure above, turned round.' },
  ]
}

/** Linux tells how much memory a process has ever had; elsewhere there is no figure. */
async function memory(journals: readonly FilledJournal[], dir: string): Promise<Table> {
  const rows: Row[] = []
  for (const { url, records } of journals) {
    const worker = await openWithin('journal-verify', { url, dir })
    await worker.once()
    const name = `sallyport, ${records} records`
    const mib = mostMemory(worker.pid)
    const first = rows[0]?.value.median
    rows.push(counted(name, 'MiB', mib, first === undefined ? undefined : { at: 'most', of: first + 64 }))
    await worker.close()
  }
  return {
    title: 'Memory of a verification',
    rows,
    about:
      'The most that the process ever had, after one verification. Ten times the records may cost 64 MiB more, which is what the collector leaves lying; it is none of it kept.',
  }
}

function mostMemory(pid: number): number {
  const [, kib] = /VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${String(pid)}/status`, 'utf8')) ?? []
  return Math.round(Number(kib) / 1024)
}

async function appending(world: World, { url, records }: FilledJournal, dir: string): Promise<Table> {
  const names = { 'a row without a chain': 'insert-row', sallyport: 'journal-append' }
  return {
    title: `One more record in a journal of ${records}`,
    base: 'a row without a chain',
    rows: await side(world, { names, url, dir, base: 'a row without a chain', repeat: 'often' }),
    about:
      'A transaction of its own, in one message, with `fsync` on: the lock of the chain, its head, the record, its hash. Beside it the insertion of a text of that length into a table with a key.',
  }
}

interface Side {
  /** The contender's file by the name that it is told under. */
  readonly names: Readonly<Record<string, string>>
  readonly url: string
  readonly dir: string
  readonly base: string
  readonly repeat: keyof Pick<Within, 'once' | 'often'>
}

async function side(world: World, { names, url, dir, base, repeat }: Side): Promise<Row[]> {
  const workers = new Map<string, Within>()
  for (const [name, file] of Object.entries(names)) workers.set(name, await openWithin(file, { url, dir }))
  const contenders = [...workers].map(([name, worker]): Contender => ({ name, measure: worker[repeat] }))
  const rows = await compare({ rounds: world.rounds, base, unit: 'ms', contenders })
  await Promise.all([...workers.values()].map((worker) => worker.close()))
  return rows
}
