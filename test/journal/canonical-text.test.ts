import canonicalize from 'canonicalize'
import fc from 'fast-check'
import { canonicalEnd, unclear } from '../../src/journal/canonical-text.js'
import { anyJson, canonicalText, changed, changes } from './texts.js'

const rounds = { numRuns: 3_000 }

/** By the reference, and strictly: what is parsed comes back as the same text. Half a surrogate pair it refuses. */
function isCanonical(text: string): boolean {
  try {
    return canonicalize(JSON.parse(text)) === text
  } catch {
    return false
  }
}

const isSurelyCanonical = (text: string): boolean => canonicalEnd(text, 0) === text.length

test('what is said to be canonical is canonical by RFC 8785, however a text was changed', () => {
  let both = 0
  fc.assert(
    fc.property(
      fc.oneof(
        canonicalText,
        anyJson.map((one) => JSON.stringify(one)),
      ),
      changes,
      (text, by) => {
        const one = changed(text, by)
        if (!isSurelyCanonical(one)) return
        both += 1
        expect([one, isCanonical(one)]).toEqual([one, true])
      },
    ),
    { numRuns: 20_000 },
  )
  expect(both).toBeGreaterThan(2_000)
})

test('of canonical texts only those are left to a closer look that hold escapes of a rare kind, or surrogates', () => {
  fc.assert(
    fc.property(canonicalText, (text) => {
      const rare = /\\u|[\ud800-\udfff]|"(?:[^"\\]|\\.)*\\.(?:[^"\\]|\\.)*":/.test(text)
      expect([text, rare || isSurelyCanonical(text)]).toEqual([text, true])
    }),
    rounds,
  )
})

test('where a value ends is told wherever it begins', () => {
  fc.assert(
    fc.property(fc.string(), canonicalText, fc.string(), (before, text, after) => {
      fc.pre(isSurelyCanonical(text) && !/^[\d+\-.e]/.test(after))
      expect(canonicalEnd(`${before}${text}${after}`, before.length)).toBe(before.length + text.length)
    }),
    rounds,
  )
})

test.each([
  ...String.raw`| 1|1 |01|-0|-|+1|1.0|.5|1.|1e5|1E5|1e400|12345678901234567890|--1|nul|nulll|True|NaN|Infinity`.split(
    '|',
  ),
  ...String.raw`undefined|'a'|"a|"|"\/"|"\u000a"|"\x"|"\|[|[1|[1,|[1,]|[,1]|[1 ,2]|[1]]|{|{"a"|{"a":|{"a":1|{"a":1,`.split(
    '|',
  ),
  ...String.raw`{"a":1,}|{a:1}|{"b":1,"a":1}|{"a":1,"a":1}|{"a":1,"":1}|{"aa":1,"a":1}|{"9":1,"10":1}`.split(
    '|',
  ),
  ...['{"a" :1}', '{"a": 1}', '{"a!":1,"a":1}', '"\t"', '{"a\t:1}', '{"a\\:1}'],
])('%j is not canonical', (text) => {
  expect([isSurelyCanonical(text), isCanonical(text)]).toEqual([false, false])
})

test('values that lie too deep are left to a closer look, without an end of the stack', () => {
  const nested = (depth: number): string => '['.repeat(depth) + ']'.repeat(depth)
  expect(isSurelyCanonical(nested(32))).toBe(true)
  expect(canonicalEnd(nested(33), 0)).toBe(unclear)
  expect(canonicalEnd('{"a":'.repeat(1_000_000), 0)).toBe(unclear)
})
