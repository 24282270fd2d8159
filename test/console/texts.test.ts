import { execFileSync } from 'node:child_process'
import { curlLine } from '../../console/reading/curl.js'
import { visible, visibleJson } from '../../console/reading/visible.js'
import { ago, duration, elapsed } from '../../console/reading/words.js'

test.each([
  ['a control', 'a\u0007b', 'a\\u{0007}b'],
  ['what turns the direction', 'a\u202Egnp.exe', 'a\\u{202e}gnp.exe'],
  ['what draws nothing', 'a\u200Bb\uFEFF', 'a\\u{200b}b\\u{feff}'],
  ['half a character', 'a\uD800b', 'a\\u{d800}b'],
  ['a tag outside of the first plane', 'a\u{E0041}', 'a\\u{e0041}'],
])('%s is shown by its code point', (_, text, shown) => {
  expect(visible(text)).toBe(shown)
})

test('letters, marks and pictures stay as they are', () => {
  for (const text of ['20260101_create_kunden_für_Zürich', 'עברית', '数据', 'a 😀 b', '<b>&amp;</b>'])
    expect(visible(text)).toBe(text)
})

test('JSON that shows all there is in it means the same', () => {
  for (const text of ['a\u202Eb', '\u{E0041}', "it's", '\uFEFF', 'plain'])
    expect(JSON.parse(visibleJson({ text }))).toEqual({ text })
  expect(visibleJson('a\u202E\u{E0041}')).toBe('"a\\u202e\\udb40\\udc41"')
})

test.each(["it's", '$(id)', '`id`', '"', '\\', 'a\nb', '!', "'; id #", '\u202E'])(
  'a shell hands on a name that holds %j as it is',
  (name) => {
    const line = curlLine({ url: 'https://door.example/api/migrate', method: 'POST', body: { name } })
    const script = `curl() { printf '%s\\0' "$@"; }\n${line}`
    const words = execFileSync('sh', ['-c', script], { env: { MIGRATION_SECRET: 's3cret' } })
      .toString()
      .split('\0')
    expect(words.slice(0, 6)).toEqual([
      '-sS',
      '--fail-with-body',
      '-X',
      'POST',
      'https://door.example/api/migrate',
      '-H',
    ])
    expect(words[6]).toBe('Authorization: Bearer s3cret')
    expect(JSON.parse(words[10] ?? '')).toEqual({ name })
  },
)

test('to look, the read secret is enough', () => {
  expect(curlLine({ url: 'https://door.example/api/migrate' })).toBe(
    `curl -sS --fail-with-body 'https://door.example/api/migrate' -H "Authorization: Bearer $MIGRATION_READ_SECRET"`,
  )
})

test('durations read well from milliseconds to hours', () => {
  expect([0, 340, 2_449, 59_999, 72_000, 3_840_000].map(duration)).toEqual([
    '0 ms',
    '340 ms',
    '2.4 s',
    '59 s',
    '1 min 12 s',
    '1 h 4 min',
  ])
  expect([-5, 900, 61_000].map(elapsed)).toEqual(['0 s', '0 s', '1 min 1 s'])
  expect([0, 12_000, 240_000, 7_200_000, 400_000_000].map(ago)).toEqual([
    'just now',
    '12 s ago',
    '4 min ago',
    '2 h ago',
    '4 days ago',
  ])
})
