import crypto from 'node:crypto'
import { createRecogniser } from '../../src/gates/credentials.js'
import type { MigrationSecrets } from '../../config/settings.js'

const secrets: MigrationSecrets = { current: 'current-1', previous: 'previous', read: 'read', usable: true }

afterEach(() => jest.restoreAllMocks())

test.each([
  ['current-1', 'current'],
  ['previous', 'previous'],
  ['read', 'read'],
  ['Current-1', undefined],
  ['current', undefined],
  ['current-1 ', undefined],
  ['', undefined],
  ['undefined', undefined],
])('%p is %p', (token, credential) => {
  expect(createRecogniser(() => secrets)(token)).toBe(credential)
})

test.each([
  ['every secret is set', secrets],
  ['only one is', { current: 'current-1', previous: undefined, read: undefined, usable: true }],
  ['none may be used', { ...secrets, usable: false }],
])('each comparison is made each time, whichever matches, when %s', (_, given) => {
  const recognise = createRecogniser(() => given)
  recognise('warm up')
  const compare = jest.spyOn(crypto, 'timingSafeEqual')
  for (const token of [
    'current-1',
    'previous',
    'read',
    'wrong',
    'xurrent-1',
    'current-x',
    '',
    'x'.repeat(9_000),
  ]) {
    compare.mockClear()
    recognise(token)
    expect(compare).toHaveBeenCalledTimes(3)
    for (const [a, b] of compare.mock.calls) expect([a.byteLength, b.byteLength]).toEqual([32, 32])
  }
})

test('a secret that is not set is matched by nothing', () => {
  const unset = { current: undefined, previous: '', read: undefined, usable: true }
  const recognise = createRecogniser(() => unset)
  for (const token of ['', 'undefined', 'null', '\0']) expect(recognise(token)).toBeUndefined()
})

test('secrets that may not be used are matched by nothing', () => {
  const recognise = createRecogniser(() => ({ ...secrets, usable: false }))
  for (const token of ['current-1', 'previous', 'read']) expect(recognise(token)).toBeUndefined()
})

test('what the provider answers counts from the next request on', () => {
  let now = secrets
  const recognise = createRecogniser(() => now)
  expect(recognise('current-1')).toBe('current')
  now = { ...secrets, current: 'current-2', previous: 'current-1' }
  expect([recognise('current-1'), recognise('current-2'), recognise('previous')]).toEqual([
    'previous',
    'current',
    undefined,
  ])
})
