import type { Checklist } from '../../src/check/checklist.js'
import { checklistText } from '../../src/cli/checklist-text.js'

const item = { id: 'tls', title: 'The token travels encrypted' } as const
const checklist: Checklist = {
  status: 'fail',
  environment: 'production',
  release: '1.4.0',
  checkedAt: '2026-03-01T10:00:00.000Z',
  summary: { pass: 1, warn: 2, fail: 1, unknown: 1 },
  items: [
    { ...item, status: 'pass', detail: 'Good.', remedy: null },
    { ...item, status: 'warn', detail: 'Plain.', remedy: 'Encrypt it.' },
    { ...item, status: 'warn', detail: 'Not known: dark.', remedy: 'Look.', unknown: true },
    { ...item, status: 'fail', detail: 'Broken.', remedy: 'Mend it.' },
  ],
}

test('on a terminal each status has its sign and its colour', () => {
  const text = checklistText(checklist, { env: {}, outIsTTY: true })
  const painted = (colour: number, sign: string) =>
    `\u001b[${colour}m${sign}\u001b[0m  The token travels encrypted`
  const signs = [painted(32, '✓'), painted(33, '!'), painted(33, '?'), painted(31, '✗')]
  expect(text.split('\n').filter((line) => signs.some((sign) => line.startsWith(sign)))).toHaveLength(4)
  for (const sign of signs) expect(text).toContain(`\n${sign}`)
})

test('with NO_COLOR the signs stay and the colours go', () => {
  const text = checklistText(checklist, { env: { NO_COLOR: '1' }, outIsTTY: true })
  expect(text).not.toContain('\u001b')
  expect(text).toContain('✗  The token travels encrypted (tls)\n  Broken.\n    → Mend it.\n')
  expect(text).toMatch(/\n1 passed, 2 warnings \(1 not known\), 1 failed\n$/)
})

test.each([
  ['elsewhere', { env: {}, outIsTTY: false }],
  ['on a terminal that draws nothing', { env: { TERM: 'dumb' }, outIsTTY: true }],
])('%s there are words, and nothing passes below a remedy', (_where, terminal) => {
  const text = checklistText(checklist, terminal)
  expect(text).toContain('FAIL  The token travels encrypted (tls)\n      Broken.\n        Now: Mend it.\n')
  expect(text).toContain('pass  The token travels encrypted (tls)\n      Good.\nwarn')
  for (const drawn of ['\u001b', '✓', '✗', '→']) expect(text).not.toContain(drawn)
})
