import { keeps, type Row, type Table } from '../measure/row.js'
import type { Sample } from '../measure/sample.js'
import type { Machine } from '../world/machine.js'

/** The whole report, headings at this depth. */
export function markdown(tables: readonly Table[], machine: Machine, depth = 2): string {
  return [machineLines(machine), ...tables.map((table) => tableText(table, depth))].join('\n\n') + '\n'
}

/** What it was measured on. */
export function machineLines({
  processor,
  cores,
  memoryGiB,
  system,
  node,
  postgres,
  packages,
  measuredAt,
}: Machine): string {
  const versions = Object.entries(packages).map(([name, version]) => `${name} ${version}`)
  return [
    `Measured on ${measuredAt.slice(0, 10)}: ${processor}, ${cores} cores, ${memoryGiB} GiB, ${system}, Node.js ${node}, PostgreSQL ${postgres}.`,
    versions.join(', ') + '.',
  ].join('\n')
}

/** One table under its heading. */
export function tableText({ title, base, rows, about }: Table, depth = 2): string {
  const compared = rows.some(({ ratio }) => ratio !== undefined)
  const head = compared
    ? `| | ${rows[0]?.unit ?? ''}: median (min–max) | over ${base ?? ''} (min–max) | Limit |`
    : '| | Median (min–max) | | Limit |'
  const lines = rows.map((row) => rowText(row))
  return [`${'#'.repeat(depth)} ${title}`, '', about, '', head, '| --- | --- | --- | --- |', ...lines].join(
    '\n',
  )
}

function rowText(row: Row): string {
  const { name, unit, value, ratio, note } = row
  const figure = ratio ? spread(value) : `${spread(value)} ${unit}`
  return `| ${name} | ${figure} | ${ratio ? spread(ratio) : (note ?? '')} | ${limitText(row)} |`
}

function limitText(row: Row): string {
  const { limit } = row
  if (limit === undefined) return ''
  return `at ${limit.at} ${figureText(limit.of)}: ${keeps(row) === true ? 'kept' : '**missed**'}`
}

function spread({ median, min, max }: Sample): string {
  if (min === max) return figureText(median)
  return `${figureText(median)} (${figureText(min)}–${figureText(max)})`
}

/** Three digits that mean something. */
export function figureText(value: number): string {
  if (!Number.isFinite(value)) return 'n/a'
  if (Math.abs(value) >= 100) return Math.round(value).toLocaleString('en')
  return String(Number(value.toPrecision(3)))
}
