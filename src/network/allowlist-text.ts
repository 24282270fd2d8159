import { isNetworkError, parseNetwork, type Network } from './cidr.js'

/** An entry that is malformed, and where. */
export interface AllowlistError {
  /** From 1. */
  readonly line: number
  /** From 1, in UTF-16 code units. */
  readonly column: number
  /** The entry, shortened and with control characters escaped, so that it may stand in a log line. */
  readonly text: string
  readonly error: string
  readonly suggestion?: string
}

export interface ParsedAllowlist {
  /** In the order written, duplicates dropped. */
  readonly networks: readonly Network[]
  /** Empty, or at most the first twenty. */
  readonly errors: readonly AllowlistError[]
}

/** More is no list that a person keeps. */
export const maxAllowlistEntries = 20_000
const maxErrors = 20
/** Characters: the longest entries, with a comment to each. */
const maxLength = 4 * 1024 * 1024
const byteOrderMark = '\uFEFF'

/**
 * Parses addresses and CIDRs separated by commas, white space or lines, with `#` comments; a byte order mark and CRLF
 * are accepted. All or nothing: with errors, no entry of the list may be used.
 */
export function parseAllowlist(text: string): ParsedAllowlist {
  const body = text.startsWith(byteOrderMark) ? text.slice(1) : text
  const unreadable = refuseWhole(body)
  if (unreadable !== undefined) return frozen([], [unreadable])
  const networks = new Map<string, Network>()
  const errors: AllowlistError[] = []
  let count = 0
  for (const { entry, line, column } of entriesOf(body)) {
    count += 1
    if (count > maxAllowlistEntries) {
      errors.push({ line, column, text: '', error: `more than ${maxAllowlistEntries} entries` })
      break
    }
    const parsed = parseNetwork(entry)
    if (isNetworkError(parsed)) errors.push({ line, column, text: printable(entry), ...parsed })
    else networks.set(`${parsed.address}/${parsed.prefix}`, parsed)
    if (errors.length === maxErrors) break
  }
  return frozen([...networks.values()], errors)
}

interface Entry {
  readonly entry: string
  readonly line: number
  readonly column: number
}

function* entriesOf(text: string): Generator<Entry> {
  let line = 0
  for (const whole of text.split(/\r\n|\n|\r/)) {
    line += 1
    const comment = whole.indexOf('#')
    const content = comment === -1 ? whole : whole.slice(0, comment)
    for (const match of content.matchAll(/[^, \t]+/g)) {
      yield { entry: match[0], line, column: match.index + 1 }
    }
  }
}

/** A wrong encoding is reported once, not as thousands of malformed entries. */
function refuseWhole(text: string): AllowlistError | undefined {
  const at = { line: 1, column: 1, text: '' }
  if (text.length > maxLength) return { ...at, error: `longer than ${maxLength} characters` }
  if (/[\0\uFFFD]/.test(text)) return { ...at, error: 'not UTF-8 text' }
  return undefined
}

function printable(entry: string): string {
  const short = entry.length > 60 ? `${entry.slice(0, 60)}…` : entry
  return short.replace(/[^\x21-\x7E…]/g, (char) => `\\u{${char.charCodeAt(0).toString(16)}}`)
}

function frozen(networks: readonly Network[], errors: readonly AllowlistError[]): ParsedAllowlist {
  return Object.freeze({ networks: Object.freeze(networks), errors: Object.freeze(errors) })
}
