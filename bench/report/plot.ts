import type { Row, Table } from '../measure/row.js'
import { figureText } from './markdown.js'

const [width, height] = [760, 420]
const frame = { left: 70, right: 190, top: 40, bottom: 50 }
const colours = ['#0b6e4f', '#c8553d', '#3d5a80', '#8d6a9f', '#b08900', '#5c6b73', '#2b2d42', '#8a1c7c']

interface Point {
  readonly size: number
  readonly value: number
}

interface Line {
  readonly name: string
  readonly points: readonly Point[]
}

/** Cost against the number of migrations, both on logarithmic scales, as an SVG; empty where no table has a size. */
export function plot(title: string, tables: readonly Table[]): string {
  const lines = linesOf(tables)
  const points = lines.flatMap((line) => line.points)
  if (points.length === 0) return ''
  const x = scale(
    points.map(({ size }) => size),
    [frame.left, width - frame.right],
  )
  const y = scale(
    points.map(({ value }) => value),
    [height - frame.bottom, frame.top],
  )
  const place = ({ size, value }: Point): string => `${x.at(size).toFixed(1)},${y.at(value).toFixed(1)}`
  const drawn = lines.map(({ name, points: own }, index) => drawLine({ name, points: own }, index, place))
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" font-family="sans-serif" font-size="12" role="img" aria-label="${escaped(title)}">
<rect width="${width}" height="${height}" fill="#fff"/>
<text x="${frame.left}" y="22" font-size="15">${escaped(title)}</text>
${axes(x.ticks, y.ticks, x.at, y.at)}
${drawn.join('\n')}
</svg>
`
}

function linesOf(tables: readonly Table[]): readonly Line[] {
  const sized = tables.flatMap(({ rows, size }) =>
    size === undefined ? [] : rows.map((row) => ({ row, size })),
  )
  const names = [...new Set(sized.map(({ row }) => row.name))]
  return names.map((name) => ({ name, points: sized.filter(({ row }) => row.name === name).map(pointOf) }))
}

function pointOf({ row, size }: { readonly row: Row; readonly size: number }): Point {
  return { size, value: row.value.median }
}

function scale(values: readonly number[], [from, to]: readonly [number, number]) {
  const [low, high] = [
    Math.floor(Math.log10(Math.min(...values))),
    Math.ceil(Math.log10(Math.max(...values))),
  ]
  const span = Math.max(1, high - low)
  const at = (value: number): number => from + ((Math.log10(value) - low) / span) * (to - from)
  return { at, ticks: Array.from({ length: span + 1 }, (_, step) => 10 ** (low + step)) }
}

type Place = (value: number) => number

function axes(xs: readonly number[], ys: readonly number[], x: Place, y: Place): string {
  const across = ys.map(
    (value) =>
      `<line x1="${frame.left}" x2="${width - frame.right}" y1="${y(value)}" y2="${y(value)}" stroke="#ddd"/><text x="${frame.left - 8}" y="${y(value) + 4}" text-anchor="end">${figureText(value)} ms</text>`,
  )
  const below = xs.map(
    (value) =>
      `<text x="${x(value)}" y="${height - frame.bottom + 20}" text-anchor="middle">${figureText(value)}</text>`,
  )
  const label = `<text x="${(frame.left + width - frame.right) / 2}" y="${height - 10}" text-anchor="middle">migrations</text>`
  return [...across, ...below, label].join('\n')
}

function drawLine({ name, points }: Line, index: number, place: (point: Point) => string): string {
  const colour = colours[index % colours.length] ?? '#000'
  const dots = points.map((point) => {
    const [cx = '0', cy = '0'] = place(point).split(',')
    return `<circle cx="${cx}" cy="${cy}" r="3" fill="${colour}"/>`
  })
  const line = `<polyline points="${points.map(place).join(' ')}" fill="none" stroke="${colour}" stroke-width="2"/>`
  const key = frame.top + 16 + index * 18
  const left = width - frame.right + 16
  const label = `<rect x="${left}" y="${key - 9}" width="12" height="10" fill="${colour}"/><text x="${left + 18}" y="${key}">${escaped(name)}</text>`
  return [line, ...dots, label].join('\n')
}

function escaped(text: string): string {
  return text.replace(/[&<>"]/g, (char) => `&#${char.charCodeAt(0)};`)
}
