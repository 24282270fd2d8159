import fc from 'fast-check'
import { createRedactor, redacted } from '../../src/observe/redactor.js'

test.each([
  ['as it is', 'p@ss/w"rd', 'password is p@ss/w"rd here'],
  ['percent-encoded', 'p@ss/w"rd', 'postgres://u:p%40ss%2Fw%22rd@h/db'],
  ['percent-encoded in lower case', 'p@ss/w"rd', 'postgres://u:p%40ss%2fw%22rd@h/db'],
  ['form-encoded', 'p@ss w~rd', 'password=p%40ss+w%7Erd'],
  ['within JSON', 'p@ss\\w"rd', '{"a":"p@ss\\\\w\\"rd"}'],
  ['with the signs of regular expressions', 'a.*+?^${}()|[]\\-/z', 'x a.*+?^${}()|[]\\-/z x'],
])('a secret is taken out %s', (_case, secret, text) => {
  const out = createRedactor([secret]).text(text)
  expect(out).toContain(redacted)
  expect(out).not.toContain(secret)
})

test.each([
  ['hexadecimal', Buffer.from('p@ss/w"rd-1').toString('hex')],
  ['base64', Buffer.from('p@ss/w"rd-1').toString('base64')],
  ['base64 with a name before it', Buffer.from('user:p@ss/w"rd-1').toString('base64')],
  ['base64url with a letter before it', Buffer.from('up@ss/w"rd-1').toString('base64url')],
])('a secret is taken out in %s', (_case, encoded) => {
  expect(createRedactor(['p@ss/w"rd-1']).text(`a ${encoded} b`)).toMatch(/^a .{0,8}\[redacted\].{0,3} b$/)
})

test('the beginning of a secret at which a text was cut off is taken out', () => {
  const redactor = createRedactor(['hunter2-and-more'])
  expect(redactor.text('it was hunter2-an')).toBe('it was [redacted]')
  expect(redactor.text('it was hunter2-an other')).toBe('it was hunter2-an other')
})

test('of two secrets of which one begins with the other, none leaves a rest', () => {
  expect(createRedactor(['hunter2', 'hunter2-and-more']).text('hunter2-and-more, hunter2')).toBe(
    '[redacted], [redacted]',
  )
})

test('values of less than four characters stay, or half the words would go', () => {
  expect(createRedactor(['a', 'abc', '']).text('abc')).toBe('abc')
})

test('a secret that is learnt later is taken out from then on, and the former one still is', () => {
  const redactor = createRedactor(['former-one'])
  redactor.learn(['later-one'])
  expect(redactor.text('former-one later-one')).toBe('[redacted] [redacted]')
})

test('whatever the secret and wherever it stands, it does not come through', () => {
  fc.assert(
    fc.property(
      fc.string({ minLength: 4, unit: 'binary' }).filter((secret) => !redacted.includes(secret)),
      fc.string(),
      fc.string(),
      (secret, before, after) => {
        const out = createRedactor([secret]).text(before + secret + after)
        // What remains may come together to form the value anew only out of the surroundings.
        expect(out).toContain(redacted)
      },
    ),
    { numRuns: 200 },
  )
})

test('a word that was clean is scrubbed once it is learnt', () => {
  const redactor = createRedactor(['another-secret'])
  expect([redactor.text('wordword'), redactor.text('wordword')]).toEqual(['wordword', 'wordword'])
  redactor.learn(['wordword'])
  expect(redactor.text('wordword')).toBe('[redacted]')
})
