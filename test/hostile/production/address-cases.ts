import { secret, type HostileCase } from './rig.js'

const from = (lines: string): Buffer =>
  Buffer.from(
    `GET /api/migrate HTTP/1.1\r\nHost: door.example\r\nAuthorization: Bearer ${secret}\r\n${lines}\r\n\r\n`,
    'utf8',
  )
const forwarded = (...entries: string[]) => from(`X-Forwarded-For: ${entries.join(', ')}`)

const spellings = [
  ...[
    '203.0.113.9;198.51.100.1',
    '203.0.113.9 198.51.100.1',
    'for=203.0.113.9',
    '203.0.113.9%00',
    '+203.0.113.9',
  ],
  ...[
    '203.0.113. 9',
    '203.0.113.9/32',
    '203.0.113.1e0',
    '203.0.113.0x9',
    '203..113.9',
    '203.0.113',
    '203.0.113.9.0',
  ],
  ...[
    '\u0662\u0660\u0663.0.113.9',
    '203.0.113.\uff19',
    '203\u30020\u3002113\u30029',
    '0xcb007109',
    '031300070411',
  ],
  ...[
    '%32%30%33.0.113.9',
    '203.0.113.*',
    '203.0.113.0/24',
    "'203.0.113.9'",
    '<203.0.113.9>',
    '203.0.113.9\\',
  ],
  ...[
    '::ffff:203.0.113.009',
    '[::ffff:203.0.113.9]',
    '2001:db8:1::1/128',
    '[2001:db8:1::1]',
    '2001:db8:1::1%1',
  ],
  ...[
    '2001:db8:1:::1',
    '2001:db8:1::00001',
    '2001-db8-1--1.ipv6-literal.net',
    'localhost',
    'null',
    'undefined',
    '-',
  ],
  ...['_hidden', '203.0.113.9:0', 'unix:/run/x.sock', '\u00a0203.0.113.9'],
]

/** Addresses from which nobody may come in, through a proxy that is believed. */
export const strangers: readonly HostileCase[] = [
  ...spellings.map((spelling) => [`X-Forwarded-For: ${spelling}`, forwarded(spelling), 403] as const),
  ['an address that only looks mapped', forwarded('::ffff:0:203.0.113.9'), 403],
  ['an IPv4-compatible address', forwarded('::203.0.113.9'), 403],
  ['an address of NAT64', forwarded('64:ff9b::203.0.113.9'), 403],
  ['an address of 6to4', forwarded('2002:cb00:7109::'), 403],
  ['the network before the /24', forwarded('203.0.112.255'), 403],
  ['the network behind the /24', forwarded('203.0.114.0'), 403],
  ['the network before the /48', forwarded('2001:db8:0:ffff:ffff:ffff:ffff:ffff'), 403],
  ['the unspecified address', forwarded('0.0.0.0'), 403],
  ['nobody but proxies', forwarded('127.0.0.1', '::ffff:127.0.0.1'), 403],
  ['an address before a comma at the end', forwarded('203.0.113.9', ''), 403],
  ['an allowed address left of a refused one', forwarded('203.0.113.9', '198.51.100.7', '127.0.0.1'), 403],
  [
    'an allowed address in a line before an empty one',
    from('X-Forwarded-For: 203.0.113.9\r\nX-Forwarded-For:'),
    403,
  ],
  ['a hundred proxies and one', forwarded('203.0.113.9', ...Array<string>(100).fill('127.0.0.1')), 403],
  ...[
    'X_Forwarded_For',
    'X-Forwarded',
    'Forwarded-For',
    'X-Cluster-Client-IP',
    'Fastly-Client-IP',
    'X-Original-Forwarded-For',
  ].map((name) => [name, from(`${name}: 203.0.113.9`), 403] as const),
  [
    'another header that contradicts',
    from('X-Forwarded-For: 198.51.100.7\r\nX-Real-IP: 203.0.113.9\r\nForwarded: for=203.0.113.9'),
    403,
  ],
]

/** The same address in other words. */
export const allowed: readonly (readonly [title: string, bytes: Buffer])[] = [
  ['white space around it', forwarded(' \t203.0.113.9\t')],
  ['before another trusted hop', forwarded('203.0.113.9', '127.0.0.1', '::ffff:127.0.0.1')],
  ['behind words of the client', forwarded('unknown', '_x', '203.0.113.9')],
  ['in a second line', from('X-Forwarded-For: 198.51.100.7\r\nx-forwarded-for: 203.0.113.9')],
  ['mapped, in capital hexadecimal', forwarded('::FFFF:CB00:7109')],
  ['mapped, with leading zeros', forwarded('0000:0:00:000:0:ffff:cb00:7109')],
  ['IPv6 with every zero', forwarded('2001:0db8:0001:0000:0000:0000:0000:0001')],
  [
    'against another header',
    from('X-Forwarded-For: 203.0.113.9\r\nX-Real-IP: 198.51.100.7\r\nForwarded: for=198.51.100.7'),
  ],
]
