import canonicalize from 'canonicalize'
import fc from 'fast-check'

/** Names that are easily taken for something else, or put in another order. */
const name = fc.oneof(
  fc.constantFrom(...'|a|aa|ab|a!|a |10|9|__proto__|toJSON|é|Ā|ā|\uffff|"|\\'.split('|')),
  fc.string({ unit: 'binary' }),
)

const string = fc.oneof(
  name,
  fc.string({ unit: 'grapheme' }),
  fc.constantFrom('\n', '\u0000', '\u001f', '\u007f', '😀'),
)

const number = fc.oneof(
  fc.integer(),
  fc.maxSafeInteger(),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.constantFrom(0, 1e15, 1e16, 1e20, 1e21, 1e-6, 1e-7, 2 ** 53, 5e-324, 1.7976931348623157e308),
)

/** Whatever JSON can say. */
export const anyJson: fc.Arbitrary<unknown> = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    fc.constantFrom(null, true, false),
    number,
    string,
    fc.array(tie('value'), { maxLength: 4 }),
    fc.dictionary(name, tie('value'), { maxKeys: 5, noNullPrototype: true }),
  ),
})).value

/** By the package that records are written with. */
export const canonicalText: fc.Arbitrary<string> = anyJson.map((value) => canonicalize(value) ?? '')

/** What somebody puts in place of some characters, so that a text nearly stays what it was. */
const pieces = [
  ...String.raw`| |,|:|"|\|/|{|}|[|]|0|00|-|-0|+|.|.0|1|e|E|e5|e+21|1e400|null|nul|true|false|NaN|"a":1|"a":1,|,"a":1`.split(
    '|',
  ),
  ...String.raw`\/|\n|\u000a|\u0041|\u0000|\ud83d\ude00|\ud800|\"|\\`.split('|'),
  ...['\t', '\n', '\u0000', '\u007f', '\u2028', '\ud800', '😀'],
]

export interface Change {
  readonly at: number
  readonly length: number
  readonly by: string
}

/** Up to three. */
export const changes: fc.Arbitrary<Change[]> = fc.array(
  fc.record({ at: fc.nat(), length: fc.nat({ max: 3 }), by: fc.constantFrom(...pieces) }),
  { maxLength: 3 },
)

export function changed(text: string, by: readonly Change[]): string {
  return by.reduce((old, change) => {
    const from = change.at % (old.length + 1)
    return old.slice(0, from) + change.by + old.slice(from + change.length)
  }, text)
}
