import { createFloodGuard } from '../../src/observe/flood-guard.js'

test('of one kind five alerts a minute leave, and five more in the next', () => {
  let now = 0
  const admit = createFloodGuard(() => now)
  const admitted = () => Array.from({ length: 1_000 }, () => admit('migration_failed')).filter(Boolean).length
  expect(admitted()).toBe(5)
  now = 59_999
  expect(admitted()).toBe(0)
  now = 60_000
  expect(admitted()).toBe(5)
})

test('a flood of one kind does not silence another, and kinds are bounded', () => {
  let now = 0
  const admit = createFloodGuard(() => now)
  for (let index = 0; index < 10; index += 1) admit('a')
  expect(admit('b')).toBe(true)
  const kinds = Array.from({ length: 10_000 }, (_, index) => admit(`kind-${index}`)).filter(Boolean)
  expect(kinds).toHaveLength(98)
  now = 60_000
  expect(admit('kind-9999')).toBe(true)
})
