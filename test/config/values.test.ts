import type { Parser } from '../../config/parse/parser.js'
import { kinds } from '../../config/kinds.js'

const read = (parse: Parser<unknown>, text: string): unknown => {
  const parsed = parse(text)
  return 'value' in parsed ? parsed.value : 'refused'
}

describe('a duration', () => {
  const { parse } = kinds.duration({ min: 0 })

  test.each([
    ['500ms', 500],
    ['30s', 30_000],
    ['15m', 900_000],
    ['1h', 3_600_000],
    ['0', 0],
    ['0s', 0],
    ['2147483647ms', 2_147_483_647],
  ])('%s is %d ms', (text, ms) => {
    expect(read(parse, text)).toBe(ms)
  })

  test.each([
    '30',
    '-1s',
    '+1s',
    '1e9h',
    '1.5s',
    'NaN',
    'Infinity',
    '٣٠s',
    '30 s',
    ' 30s',
    '30S',
    '1d',
    '',
    's',
  ])('%j is refused', (text) => {
    expect(read(parse, text)).toBe('refused')
  })

  test('never exceeds what a timer can hold: 2147483648ms and 597h are refused', () => {
    expect(read(parse, '2147483648ms')).toBe('refused')
    expect(read(parse, '597h')).toBe('refused')
    expect(read(parse, '9999999999h')).toBe('refused')
  })

  test('a bare 0 is refused where none would mean for ever', () => {
    const atLeastOne = kinds.duration({ min: 1 }).parse
    expect(read(atLeastOne, '0')).toBe('refused')
    expect(read(atLeastOne, '0ms')).toBe('refused')
    expect(read(atLeastOne, '1ms')).toBe(1)
  })
})

describe('a boolean', () => {
  test.each([
    ['true', true],
    ['1', true],
    ['on', true],
    ['false', false],
    ['0', false],
    ['off', false],
  ])('%s is %s', (text, value) => {
    expect(read(kinds.boolean.parse, text)).toBe(value)
  })

  test.each(['TRUE', 'yes', 'no', '', ' true', 'true ', 'constructor', '__proto__', '2'])(
    '%j is refused, not taken for false',
    (text) => {
      expect(read(kinds.boolean.parse, text)).toBe('refused')
    },
  )
})

describe('a port', () => {
  test.each([
    ['0', 0],
    ['80', 80],
    ['65535', 65_535],
  ])('%s is read', (text, value) => {
    expect(read(kinds.port.parse, text)).toBe(value)
  })

  test.each(['99999', '65536', '80a', '-1', '080', '8e1', '0x50', '8080.0', '', '٨٠'])(
    '%j is refused',
    (text) => {
      expect(read(kinds.port.parse, text)).toBe('refused')
    },
  )
})

describe('a host', () => {
  test.each(['0.0.0.0', '127.0.0.1', '::', '::1', 'localhost', 'ops.internal', 'a-b.example'])(
    '%s is read',
    (text) => {
      expect(read(kinds.host.parse, text)).toBe(text)
    },
  )

  test.each(['[::1]', '256.1.1.1', '1.2.3', 'http://x', 'a b', '-a', 'localhost:80', '', 'a..b'])(
    '%j is refused',
    (text) => {
      expect(read(kinds.host.parse, text)).toBe('refused')
    },
  )
})

describe('a schema name', () => {
  test.each(['sallyport', 'Odd Name', 'a"b', 'é'.repeat(31), 'x'.repeat(63)])('%j is read', (text) => {
    expect(read(kinds.schemaName.parse, text)).toBe(text)
  })

  test.each([
    '',
    ' ',
    'pg_x',
    'PG_temp',
    'information_schema',
    'x'.repeat(64),
    'é'.repeat(32),
    'a\nb',
    'a\0',
  ])('%j is refused', (text) => {
    expect(read(kinds.schemaName.parse, text)).toBe('refused')
  })
})

describe('a release', () => {
  test('is printable ASCII of at most 200 characters, as headers and Sentry need it', () => {
    expect(read(kinds.releaseName.parse, '1.4.0+build/7')).toBe('1.4.0+build/7')
    for (const text of ['', 'a b', 'a\nb', 'é', 'x'.repeat(201)]) {
      expect(read(kinds.releaseName.parse, text)).toBe('refused')
    }
  })
})

describe('trusted proxies', () => {
  test.each([
    'true',
    '*',
    'all',
    '10.0.0.0/24, true',
    '0.0.0.0/0',
    '::/0',
    '::/1',
    '::ffff:10.0.0.0/8',
    'loopback',
  ])('%s is refused', (text) => {
    expect(read(kinds.proxies.parse, text)).toBe('refused')
  })

  test('CIDRs are read', () => {
    expect(read(kinds.proxies.parse, '10.0.0.0/24')).toMatchObject([
      { family: 4, address: '10.0.0.0', prefix: 24 },
    ])
  })
})
