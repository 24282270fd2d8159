import { createHash } from 'node:crypto'
import { createRequire } from 'node:module'
import type jsTokensOf from 'js-tokens'

const require = createRequire(import.meta.url)

/**
 * `sha256:…` of a migration's source file, comments and layout apart: what a formatter or a reworded comment
 * changes leaves it equal. What the source compiles to differs between compilers and their versions, so the
 * source is what is hashed, and two checksums are compared only where both files are of one kind.
 */
export function sourceChecksum(source: string): string {
  const tokens = meaningfulTokens(source).map((token) => `${token}\0`)
  return `sha256:${createHash('sha256').update(tokens.join('')).digest('hex')}`
}

const layout = new Set([
  'WhiteSpace',
  'LineTerminatorSequence',
  'SingleLineComment',
  'MultiLineComment',
  'HashbangComment',
])

function meaningfulTokens(source: string): string[] {
  // Loaded with the first file that is read; a server is ready before that.
  const jsTokens = require('js-tokens') as typeof jsTokensOf
  const tokens: string[] = []
  for (const token of jsTokens(source)) {
    if (layout.has(token.type) || token.value === ';') continue
    if (isClosing(token.value) && tokens.at(-1) === ',') tokens.pop()
    tokens.push(token.type === 'StringLiteral' ? unquoted(token.value) : token.value)
  }
  return tokens
}

function isClosing(value: string): boolean {
  return value === ')' || value === ']' || value === '}'
}

/** `'it'` and `"it"` are one string; a formatter may turn one into the other. */
function unquoted(literal: string): string {
  return `"${literal.slice(1, -1).replace(/\\(['"])/g, '$1')}"`
}
