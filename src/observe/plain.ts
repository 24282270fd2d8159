import type { Redactor } from './redactor.js'

/** What a value may become on its way out. */
export interface PlainOptions {
  readonly redactor: Redactor
  /** Whether `detail` and `where` of database errors, which carry rows, are kept. */
  readonly rows: boolean
}

/** Deeper is no log line that somebody reads; also ends cycles. */
const deepest = 6
const longestText = 16_384
const mostItems = 200

/** The value as JSON can hold it: scrubbed of secrets, errors as objects, cut where it is too long, wide or deep. */
export function plain(value: unknown, options: PlainOptions, depth = 0): unknown {
  if (typeof value === 'string') return cut(options.redactor.text(value))
  if (typeof value === 'bigint' || typeof value === 'symbol') return String(value)
  if (typeof value === 'function') return '[function]'
  if (typeof value !== 'object' || value === null) return value
  return depth >= deepest ? '[…]' : plainObject(value, options, depth)
}

function plainObject(value: object, options: PlainOptions, depth: number): unknown {
  if (value instanceof Error) return plainError(value, options, depth)
  if (value instanceof Date) return Number.isNaN(value.valueOf()) ? 'Invalid Date' : value.toISOString()
  // Buffers hold bodies and rows; nobody reads them in a log.
  if (ArrayBuffer.isView(value)) return `[${value.byteLength} bytes]`
  return Array.isArray(value) ? plainItems(value, options, depth) : plainMembers(value, options, depth)
}

function plainItems(items: readonly unknown[], options: PlainOptions, depth: number): unknown[] {
  const kept = items.slice(0, mostItems).map((item) => plain(item, options, depth + 1))
  return items.length > mostItems ? [...kept, `… ${items.length - mostItems} more`] : kept
}

function plainMembers(value: object, options: PlainOptions, depth: number): Record<string, unknown> {
  const names = Object.keys(value)
  if (names.length > mostItems) names.length = mostItems
  const members = value as Readonly<Record<string, unknown>>
  const kept: Record<string, unknown> = {}
  for (const name of names) {
    const scrubbed = options.redactor.text(name)
    const member = plain(members[name], options, depth + 1)
    // A member by this name is data; assigned, it would be the object's prototype.
    if (scrubbed === '__proto__') Object.defineProperty(kept, scrubbed, { ...own, value: member })
    else kept[scrubbed] = member
  }
  return kept
}

const own = Object.freeze({ enumerable: true, configurable: true, writable: true })

function cut(text: string): string {
  return text.length > longestText ? `${text.slice(0, longestText)}… (${text.length} characters)` : text
}

/** Beside what every error has: what PostgreSQL names without quoting a row, and the errors of Node's system calls. */
const harmless = [
  'code',
  'severity',
  'schema',
  'table',
  'column',
  'dataType',
  'constraint',
  'hint',
  'position',
  'routine',
  'errno',
  'syscall',
  'address',
  'port',
]
const carriesRows = ['detail', 'where', 'internalQuery']

function plainError(error: Error, options: PlainOptions, depth: number): Record<string, unknown> {
  const names = options.rows ? [...harmless, ...carriesRows] : harmless
  const members = error as unknown as Record<string, unknown>
  const kept = names.filter((name) => members[name] !== undefined).map((name) => [name, members[name]])
  const causes = {
    cause: error.cause,
    errors: error instanceof AggregateError ? (error.errors as unknown) : undefined,
  }
  const given = Object.entries(causes).filter(([, cause]) => cause !== undefined)
  const about: Record<string, unknown> = {
    name: error.name,
    message: messageOf(error, options),
    stack: stackOf(error),
  }
  return plainMembers({ ...about, ...(Object.fromEntries([...kept, ...given]) as object) }, options, depth)
}

/** knex puts statement and bindings in front of the server's message, with ` - ` between them. */
function messageOf(error: Error, { rows }: PlainOptions): string {
  if (rows || !isDatabaseError(error)) return error.message
  return error.message.slice(error.message.lastIndexOf(' - ') + 1).replace(/^- /, '')
}

/** Without its first lines, which repeat the message. */
function stackOf(error: Error): string | undefined {
  const frames = error.stack?.split('\n').filter((line) => /^\s+at /.test(line))
  return frames === undefined || frames.length === 0
    ? undefined
    : frames.map((line) => line.trim()).join('\n')
}

function isDatabaseError(error: Error): boolean {
  return 'severity' in error && 'code' in error && /^[0-9A-Z]{5}$/.test(String(error.code))
}
