import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs'

import type { RoundReport } from '../rounds/plan.js'

/** The figures of one cell. */
export interface Figures {
  rounds: number
  kills: number
  itself: number
  asked: number
  person: number
  violations: number
  unrecordedTransactional: number
  unrecordedOther: number
  pooledWindow: number
  ms: number
}

/** A round that broke a promise, with what repeats it. */
export interface Finding {
  readonly index: number
  readonly cell: string
  readonly violations: readonly string[]
  readonly repeat: string
}

/** What a campaign has found so far; a value that JSON can hold. */
export interface Tally {
  /** The options that decide what a round of a number is; a resumed campaign must have the same. */
  readonly options: string
  next: number
  kills: number
  readonly cells: Record<string, Figures>
  readonly findings: Finding[]
}

/** Beyond this the file would grow without telling anything new. */
const findingsKept = 500

/** A new tally, or the one in the file. Throws where the file belongs to other options. */
export function openTally(options: string, file: string | undefined): Tally {
  if (!file || !existsSync(file)) return { options, next: 0, kills: 0, cells: {}, findings: [] }
  const tally = JSON.parse(readFileSync(file, 'utf8')) as Tally
  if (tally.options !== options) throw new Error(`${file} belongs to: ${tally.options}`)
  return tally
}

/** Counts one round. */
export function count(tally: Tally, report: RoundReport, repeat: string): void {
  const figures = (tally.cells[report.cell] ??= nothing())
  figures.rounds += 1
  figures.kills += report.kills
  figures[report.end] += 1
  figures.violations += report.violations.length > 0 ? 1 : 0
  figures.unrecordedTransactional += report.unrecorded.transactional > 0 ? 1 : 0
  figures.unrecordedOther += report.unrecorded.other > 0 ? 1 : 0
  figures.pooledWindow += report.pooledWindow
  figures.ms += report.ms
  tally.kills += report.kills
  if (report.violations.length > 0 && tally.findings.length < findingsKept) {
    const { index, cell, violations } = report
    tally.findings.push({ index, cell, violations, repeat })
  }
}

const nothing = (): Figures => ({
  rounds: 0,
  kills: 0,
  itself: 0,
  asked: 0,
  person: 0,
  violations: 0,
  unrecordedTransactional: 0,
  unrecordedOther: 0,
  pooledWindow: 0,
  ms: 0,
})

/** Writes the file whole or not at all. */
export function saveTally(tally: Tally, file: string | undefined): void {
  if (!file) return
  writeFileSync(`${file}.new`, `${JSON.stringify(tally, null, 2)}\n`)
  renameSync(`${file}.new`, file)
}
