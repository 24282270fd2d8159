import type { Variable } from './variable.js'
import { variables } from './variables.js'

const rows = Object.entries<Variable<unknown>>(variables)
const start = '<!-- variables:start -->'
const end = '<!-- variables:end -->'

/** `.env.example`: every variable with its line of documentation, its default, and the line that would set it. */
export function envExample(): string {
  return `${[header, ...rows.map(([name, row]) => envEntry(name, row))].join('\n\n')}\n`
}

/** The text with the table of all variables between the two marks; throws where the marks are missing. */
export function withVariablesTable(markdown: string): string {
  const [before, after] = [markdown.indexOf(start), markdown.indexOf(end)]
  if (before === -1 || after < before) throw new Error(`The marks ${start} and ${end} are not there.`)
  return `${markdown.slice(0, before)}${start}\n\n${variablesTable()}\n\n${markdown.slice(after)}`
}

const header = [
  '# Every variable that Sallyport reads. Lines that are commented out show the default, or an example.',
  '# Copy to .env.local, or let `sallyport init` write one with fresh secrets. Sallyport reads .env.local and .env only',
  '# while NODE_ENV is development or test; the environment itself comes first, then .env.local, then .env.',
  '# Put a value that contains # or spaces in quotes. Every secret or URL X can be given as X_FILE, a path.',
].join('\n')

const required = [
  '# REQUIRED, and distinct: never NEXTAUTH_SECRET or AUTH_SECRET, never a database password, nor any other credential',
  '# in use. The process refuses to start in production without it. Make one with:  openssl rand -hex 32',
]

function envEntry(name: string, row: Variable<unknown>): string {
  const text = [`# ${plainText(row.doc)}. Default: ${plainText(defaultOf(row))}`]
  if (name === 'MIGRATION_SECRET') return [...required, `${name}=`].join('\n')
  const value = row.example ?? row.fallback ?? ''
  return [...text, `#${name}=${value}`].join('\n')
}

function variablesTable(): string {
  const cells = rows.map(([name, row]) => [`\`${name}\``, defaultOf(row), row.doc])
  return table([['Variable', 'Default', 'Meaning'], ...cells])
}

/** Padded as prettier pads it, so that formatting and generating leave each other's work alone. */
function table(cells: readonly (readonly string[])[]): string {
  const escaped = cells.map((row) => row.map((cell) => cell.replaceAll('|', '\\|')))
  const widths = [0, 1, 2].map((column) => Math.max(...escaped.map((row) => (row[column] ?? '').length)))
  const line = (row: readonly string[]) =>
    `| ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' | ')} |`
  const [head = [], ...body] = escaped
  return [line(head), line(widths.map((width) => '-'.repeat(width))), ...body.map(line)].join('\n')
}

function defaultOf({ fallback, local, defaultDoc }: Variable<unknown>): string {
  if (defaultDoc !== undefined) return defaultDoc
  const locally = local === undefined ? '' : `; local: \`${local}\``
  return `\`${fallback ?? ''}\`${locally}`
}

function plainText(markdown: string): string {
  return markdown.replaceAll('`', '').replace(/^–$/, 'none')
}
