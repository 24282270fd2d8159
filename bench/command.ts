import { Command } from 'commander'
import { join } from 'node:path'

import type { Table } from './measure/row.js'
import { machineLines, tableText } from './report/markdown.js'
import { writeDocument, writeReport } from './report/write.js'
import { doorPools } from './works/doors.js'
import { works } from './works/works.js'
import { describeMachine } from './world/machine.js'
import { benchDirectory, peersInstalled, type Say } from './world/peers.js'
import { openWorld, type World } from './world/world.js'
import { onPath } from '../torture/machine/on-path.js'

interface Options {
  readonly quick?: boolean
  readonly rounds?: string
  readonly only?: string
  readonly out: string
  readonly document?: boolean
  readonly seconds?: string
  readonly postgresBin?: string
}

/** The command line of the bench. `tell` is for what goes on, `print` for the report. */
export function command(tell: Say, print: Say): Command {
  return new Command('bench')
    .description('measures Sallyport beside its peers, and says how both compare')
    .option('--quick', 'a slice of each')
    .option('--rounds <n>', 'rounds that count (5; with --quick 3)')
    .option('--only <list>', works.map(({ name }) => name).join(', '))
    .option('--out <dir>', 'for report.md, report.json and the plots', join(benchDirectory, 'results'))
    .option('--document', 'put the figures into docs/performance.md, too')
    .option('--seconds <n>', 'begin nothing more after so many seconds')
    .option('--postgres-bin <dir>', 'initdb and postgres to use instead of the embedded ones')
    .action((options: Options) => bench(options, tell, print))
}

async function bench(options: Options, tell: Say, print: Say): Promise<void> {
  const quick = options.quick === true
  const world = await openWorld({
    quick,
    rounds: Number(options.rounds ?? (quick ? 3 : 5)),
    peers: peersInstalled(tell),
    say: tell,
    postgresBin: options.postgresBin,
    pools: onPath('pgbouncer') === undefined ? [] : doorPools,
  })
  try {
    const machine = describeMachine(world.stage.postgres.version)
    print(`${machineLines(machine)}\n`)
    const report = { machine, tables: await measured(world, options, print) }
    writeReport(report, options.out)
    if (options.document) await writeDocument(report)
    tell(`Written to ${options.out}`)
  } finally {
    await world.close()
  }
}

/** Each table is printed as soon as it is there: a bench that is cut short has said what it knew. */
async function measured(world: World, { only, seconds }: Options, print: Say): Promise<readonly Table[]> {
  const chosen = only?.split(',')
  const unknown = chosen?.filter((name) => !works.some((work) => work.name === name)) ?? []
  if (unknown.length > 0) throw new Error(`there is no work ${unknown.join(', ')}`)
  const until = performance.now() + Number(seconds ?? Infinity) * 1000
  const tables: Table[] = []
  for (const work of works) {
    if (chosen && !chosen.includes(work.name)) continue
    if (performance.now() > until) {
      world.say(`Left out, since the time was up: ${work.name}`)
      continue
    }
    world.say(`Measuring ${work.name} …`)
    const found = await work.measure(world)
    for (const table of found) print(`${tableText(table)}\n`)
    tables.push(...found)
  }
  return tables
}
