import type { Checklist } from '../check/checklist.js'
import type { CheckItem } from '../check/item.js'
import type { Terminal } from './terminal.js'

type Look = keyof typeof looks

const looks = {
  pass: { sign: '✓', word: 'pass', colour: 32 },
  warn: { sign: '!', word: 'warn', colour: 33 },
  unknown: { sign: '?', word: 'warn', colour: 33 },
  fail: { sign: '✗', word: 'FAIL', colour: 31 },
} as const

type Paint = (colour: number, text: string) => string

/** The checklist for a person: signs and colours on a terminal, words elsewhere; colours not where `NO_COLOR` is set. */
export function checklistText(checklist: Checklist, terminal: Pick<Terminal, 'env' | 'outIsTTY'>): string {
  const { env, outIsTTY } = terminal
  const drawn = outIsTTY && env['TERM'] !== 'dumb'
  const coloured = drawn && !env['NO_COLOR']
  const paint: Paint = (colour, text) => (coloured ? `\u001b[${colour}m${text}\u001b[0m` : text)
  const heading = `Production checklist: release ${checklist.release}, environment ${checklist.environment}`
  const items = checklist.items.map((item) => itemLines(item, drawn, paint))
  return `${[paint(1, heading), '', ...items, '', summaryLine(checklist, paint)].join('\n')}\n`
}

function itemLines(item: CheckItem, drawn: boolean, paint: Paint): string {
  const { sign, word, colour } = looks[lookOf(item)]
  const mark = paint(colour, drawn ? sign : word)
  const indent = drawn ? '  ' : '      '
  const remedy = item.remedy === null ? [] : [`${indent}  ${paint(1, drawn ? '→' : 'Now:')} ${item.remedy}`]
  const heading = `${mark}  ${item.title} ${paint(90, `(${item.id})`)}`
  return [
    heading,
    `${indent}${item.status === 'pass' ? paint(90, item.detail) : item.detail}`,
    ...remedy,
  ].join('\n')
}

function lookOf({ status, unknown }: CheckItem): Look {
  return unknown ? 'unknown' : status
}

function summaryLine({ summary, status }: Checklist, paint: Paint): string {
  const { pass, warn, fail, unknown } = summary
  const warnings = warn === 1 ? '1 warning' : `${warn} warnings`
  const blind = unknown > 0 ? ` (${unknown} not known)` : ''
  return paint(looks[status].colour, `${pass} passed, ${warnings}${blind}, ${fail} failed`)
}
