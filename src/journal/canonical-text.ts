/** No place in a text: it does not go on in canonical form, or only a closer look can tell. */
export const unclear = -1

/** Values that lie deeper in each other are left to a closer look, since these functions call each other. */
const deepest = 32

/**
 * Where the JSON value ends that begins at `from`, if it is in canonical form (RFC 8785) for certain; else `unclear`. Reads
 * the text once and makes nothing of it. Left to a closer look, though they may be canonical: escapes in names, `\u` and
 * surrogate pairs anywhere, and what lies more than 32 deep.
 */
export function canonicalEnd(text: string, from: number, depth = deepest): number {
  switch (text.charCodeAt(from)) {
    case quote:
      return stringEnd(text, from)
    case openBrace:
      return depth === 0 ? unclear : objectEnd(text, from, depth)
    case openBracket:
      return depth === 0 ? unclear : arrayEnd(text, from, depth)
    default:
      return scalarEnd(text, from)
  }
}

const [quote, backslash, comma, colon] = codes('"\\,:')
const [openBrace, closeBrace, openBracket, closeBracket] = codes('{}[]')
const [zero, nine] = codes('09')
const [letterN, letterT, letterF] = codes('ntf')
const shortEscapes: ReadonlySet<number> = new Set(codes('"\\bfnrt'))

function codes(characters: string): [number, number, number, number] {
  return Array.from(characters, (character) => character.charCodeAt(0)) as [number, number, number, number]
}

/** Names in ascending order of their UTF-16 units, and so none twice. */
function objectEnd(text: string, from: number, depth: number): number {
  let name = from + 1
  if (text.charCodeAt(name) === closeBrace) return name + 1
  for (let previous = unclear; ;) {
    if (text.charCodeAt(name) !== quote) return unclear
    const nameEnd = plainEnd(text, name + 1)
    if (text.charCodeAt(nameEnd) !== quote || text.charCodeAt(nameEnd + 1) !== colon) return unclear
    if (previous !== unclear && !isLess(text, previous, name)) return unclear
    const end = canonicalEnd(text, nameEnd + 2, depth - 1)
    if (end === unclear) return unclear
    const next = text.charCodeAt(end)
    if (next === closeBrace) return end + 1
    if (next !== comma) return unclear
    previous = name
    name = end + 1
  }
}

/** Whether one name is less than another, each given by its opening quote; neither has escapes. */
function isLess(text: string, one: number, other: number): boolean {
  for (let offset = 1; ; offset += 1) {
    const a = text.charCodeAt(one + offset)
    const b = text.charCodeAt(other + offset)
    if (a === quote) return b !== quote
    if (a !== b) return b !== quote && a < b
  }
}

function arrayEnd(text: string, from: number, depth: number): number {
  if (text.charCodeAt(from + 1) === closeBracket) return from + 2
  for (let at = from + 1; ;) {
    const end = canonicalEnd(text, at, depth - 1)
    if (end === unclear) return unclear
    const next = text.charCodeAt(end)
    if (next === closeBracket) return end + 1
    if (next !== comma) return unclear
    at = end + 1
  }
}

function stringEnd(text: string, from: number): number {
  for (let at = plainEnd(text, from + 1); ; at = plainEnd(text, at + 2)) {
    const code = text.charCodeAt(at)
    if (code === quote) return at + 1
    if (code !== backslash || !shortEscapes.has(text.charCodeAt(at + 1))) return unclear
  }
}

/** Where the first character is that a string cannot hold as it is, or that needs a closer look. */
function plainEnd(text: string, from: number): number {
  for (let at = from; ; at += 1) {
    const code = text.charCodeAt(at)
    // Not `<`: past the end of the text it is NaN.
    if (!(code >= 0x20) || code === quote || code === backslash) return at
    if (code >= 0xd800 && code <= 0xdfff) return at
  }
}

function scalarEnd(text: string, from: number): number {
  switch (text.charCodeAt(from)) {
    case letterN:
      return text.startsWith('null', from) ? from + 4 : unclear
    case letterT:
      return text.startsWith('true', from) ? from + 4 : unclear
    case letterF:
      return text.startsWith('false', from) ? from + 5 : unclear
    default:
      return numberEnd(text, from)
  }
}

/** Whole numbers below 10^15 are their digits; ECMAScript, after which RFC 8785 writes numbers, is asked about any other. */
function numberEnd(text: string, from: number): number {
  let end = from
  while (isDigit(text.charCodeAt(end))) end += 1
  const length = end - from
  const begins = text.charCodeAt(from)
  if (!isOfNumber(text.charCodeAt(end)) && length > 0 && length < 16) {
    return begins !== zero || length === 1 ? end : unclear
  }
  while (isOfNumber(text.charCodeAt(end))) end += 1
  const written = text.slice(from, end)
  return end > from && String(Number(written)) === written ? end : unclear
}

const isDigit = (code: number): boolean => code >= zero && code <= nine

/** Beside digits: `+`, `-`, `.` and `e`. */
const isOfNumber = (code: number): boolean =>
  isDigit(code) || code === 0x2b || code === 0x2d || code === 0x2e || code === 0x65
