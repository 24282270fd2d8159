import type { Figures, Tally } from './tally.js'

const columns = [
  'kind · route · kill',
  'rounds',
  'kills',
  'by itself',
  'asked',
  'by hand',
  'unrecorded',
  'violations',
] as const

/** Findings that are told below the table; the files have all of them. */
const shown = 10

/** The tally as a table for people, and below it what repeats each finding. */
export function table(tally: Tally): string {
  const rows = Object.entries(tally.cells).map(([name, figures]) => cellsOf(name, figures))
  const total = cellsOf('all', sum(Object.values(tally.cells)))
  const findings = tally.findings
    .slice(0, shown)
    .flatMap(({ index, cell, violations, repeat }) => [
      `round ${index} (${cell}):`,
      ...violations.map((violation) => `  ${violation}`),
      `  repeat: ${repeat}`,
    ])
  const more = tally.findings.length - shown
  const rest = more > 0 ? [`and ${more} rounds more, all of them in the file of --json or --resume`] : []
  return [...grid([[...columns], ...rows, total]), ...legend(tally), ...findings, ...rest].join('\n')
}

function cellsOf(name: string, figures: Figures): string[] {
  const {
    rounds,
    kills,
    itself,
    asked,
    person,
    unrecordedTransactional: inside,
    unrecordedOther: outside,
  } = figures
  const unrecorded = `${inside} + ${outside}`
  return [name, ...[rounds, kills, itself, asked, person, unrecorded, figures.violations].map(String)]
}

function sum(all: readonly Figures[]): Figures {
  const total = { ...(all[0] as Figures) }
  for (const figures of all.slice(1)) {
    for (const key of Object.keys(total) as (keyof Figures)[]) total[key] += figures[key]
  }
  return total
}

function grid(rows: readonly string[][]): string[] {
  const widths = columns.map((_, at) => Math.max(...rows.map((row) => (row[at] ?? '').length)))
  return rows.map((row) =>
    row
      .map((text, at) => (at === 0 ? text.padEnd(widths[at] ?? 0) : text.padStart(widths[at] ?? 0)))
      .join('  '),
  )
}

function legend(tally: Tally): string[] {
  const window = Object.values(tally.cells).reduce((all, { pooledWindow }) => all + pooledWindow, 0)
  return [
    '',
    'unrecorded: rounds in which a kill left a migration applied without its record, transactional + other ones',
    ...(window > 0 ? [`writes of a stale process through the pooler's documented window: ${window}`] : []),
  ]
}
