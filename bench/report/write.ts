import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { format, resolveConfig } from 'prettier'

import type { Table } from '../measure/row.js'
import type { Machine } from '../world/machine.js'
import { benchDirectory } from '../world/peers.js'
import { markdown } from './markdown.js'
import { plot } from './plot.js'

/** All that a bench came to. */
export interface Report {
  readonly machine: Machine
  readonly tables: readonly Table[]
}

const plots = [
  { file: 'nothing-pending.svg', title: 'Nothing pending, in a running process', of: /^Nothing pending/ },
  { file: 'pending.svg', title: 'Applying, by a running process', of: /pending, by a running process$/ },
]

/** Writes `report.md`, `report.json` and the plots into a directory. */
export function writeReport({ machine, tables }: Report, dir: string): void {
  mkdirSync(dir, { recursive: true })
  writeFileSync(join(dir, 'report.md'), `# Performance\n\n${markdown(tables, machine)}`)
  writeFileSync(join(dir, 'report.json'), `${JSON.stringify({ machine, tables }, null, 2)}\n`)
  writePlots(tables, dir)
}

const docs = join(benchDirectory, '../docs')
const [begin, end] = ['<!-- figures: begin -->', '<!-- figures: end -->']

/** Puts the figures into docs/performance.md, between its marks, and the plots beside it. */
export async function writeDocument({ machine, tables }: Report): Promise<void> {
  const path = join(docs, 'performance.md')
  const text = readFileSync(path, 'utf8')
  const [before, after] = [text.indexOf(begin), text.indexOf(end)]
  if (before === -1 || after === -1) throw new Error(`${path} has lost the marks around its figures`)
  const images = writePlots(tables, join(docs, 'performance')).map(
    ({ file, title }) => `![${title}](performance/${file})\n\n`,
  )
  const figures = `${begin}\n\n${markdown(tables, machine, 3)}\n${images.join('')}`
  const options = { ...(await resolveConfig(path)), filepath: path }
  writeFileSync(path, await format(text.slice(0, before) + figures + text.slice(after), options))
}

/** Those that there were figures for. */
function writePlots(tables: readonly Table[], dir: string): readonly { file: string; title: string }[] {
  mkdirSync(dir, { recursive: true })
  return plots.filter(({ file, title, of }) => {
    const drawn = plot(
      title,
      tables.filter((table) => of.test(table.title)),
    )
    if (drawn !== '') writeFileSync(join(dir, file), drawn)
    return drawn !== ''
  })
}
