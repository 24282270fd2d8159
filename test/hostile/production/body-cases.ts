import { authorised, request, type HostileCase } from './rig.js'

const post = 'POST /api/migrate'
const json = 'Content-Type: application/json\r\n'
const sized = (body: string | Buffer, head = json, line = post): Buffer => {
  const bytes = Buffer.from(body)
  return Buffer.concat([Buffer.from(authorised(line, `${head}Content-Length: ${bytes.length}\r\n`)), bytes])
}
const padded = `{"dryRun":true${' '.repeat(16_370)}}`

const invalid = [
  ...[
    '{"dryRun":tru\u0435}',
    '{"dryRun":\uff11}',
    '{"dryRun":true}\0',
    '\0',
    '{}\u00a0',
    '\u2028{}',
    "{'dryRun':true}",
  ],
  ...[
    '{dryRun:true}',
    'dryRun=true',
    '{"dryRun":true}{"dryRun":false}',
    '/**/{}',
    '{"dryRun":0x1}',
    '{"dryRun":Infinity}',
  ],
  ...['{"dryRun":true,"dryRun":true}', '{"dryRun":true,"\\u0064ryRun":false}', '{"a":{"b":1,"b":2}}'],
  ...['{"expect":"a\nb"}', '{"expect":"\\x41"}', '{"expect":01}', ']', '{"a":[}', '"'],
  // options of another kind
  ...[
    '{"__proto__":null}',
    '{"__proto__":{"dryRun":true},"expect":"x"}',
    '{"toString":1}',
    '{"":1}',
    'true',
    '0',
    '""',
  ],
  ...[
    '{"dryRun":{"$gt":""}}',
    '{"dryRun":-0}',
    '{"dryRun":1e400}',
    '{"expect":["a"]}',
    '{"expect":{"toString":"x"}}',
  ],
  ...[
    '{"expect":""}',
    '{"expect":"\u3000"}',
    '{"expect":"\\u0085"}',
    '{"expect":"\u202e"}',
    '{"DryRun":true}',
    '{"dryRun ":true}',
  ],
  ...[
    '{"acceptDrift":null}',
    '{"acceptDrift":[null]}',
    '{"acceptDrift":{"length":1}}',
    '{"resolve":[]}',
    '{"resolve":null}',
  ],
  ...[
    '{"resolve":{"name":"a","as":"APPLIED","reason":"x"}}',
    '{"resolve":{"name":"a","as":"applied","reason":" "}}',
  ],
  ...[
    '{"resolve":{"__proto__":{"as":"applied"},"name":"a","reason":"b"}}',
    '{"schema":"public"}',
    '{"knexfile":"elsewhere.js"}',
  ],
]

const types = [
  ...[
    'application/json; charset=iso-8859-1',
    'application/json; charset=utf8',
    'application/json; charset=utf-7',
    'application/json;',
    'application/json; boundary=x',
    'application/json; charset="utf-8',
    'application/json; charset=utf-8; charset=utf-16',
    'application/json, text/plain',
  ],
  ...[
    'text/json',
    'application/json+x',
    'application/x-json',
    '*/*',
    'application/*',
    'application/graphql',
    '',
  ],
]

/** Options that a query and a body give differently. */
const differing = [
  ['dryRun=true', '{"dryRun":false}'],
  ['dryRun=false', '{"dryRun":true}'],
  ['expect=a', '{"expect":"b"}'],
  ['dryRun=true&expect=a', '{"dryRun":true,"expect":"A"}'],
  ['expect=a', '{"expect":"a "}'],
  ['expect=a', '{"expect":"a","dryRun":true,"dryRun":true}'],
] as const

/** Bodies that are no options. */
export const bodies: readonly HostileCase[] = [
  ...invalid.map((body) => [JSON.stringify(body), sized(body), 400] as const),
  ...differing.map(
    ([query, body]) => [`?${query} with ${body}`, sized(body, json, `${post}?${query}`), 400] as const,
  ),
  ['a number of five thousand digits', sized(`{"expect":${'9'.repeat(5_000)}}`), 400],
  ['fifteen hundred members', sized(`{${Array.from({ length: 1_500 }, (_, n) => `"k${n}":0`).join()}}`), 400],
  ['a member a hundred times', sized(`{${Array.from({ length: 100 }, () => '"expect":"a"').join()}}`), 400],
  ['2 500 objects within one another', sized(`${'{"a":'.repeat(2_500)}1${'}'.repeat(2_500)}`), 400],
  ['8 000 lists within one another', sized('['.repeat(8_000) + ']'.repeat(8_000)), 400],
  ['UTF-16, the other way about', sized(Buffer.from([0, 0x7b, 0, 0x7d])), 400],
  ['UTF-32', sized(Buffer.from([0x7b, 0, 0, 0, 0x7d, 0, 0, 0])), 400],
  ['an overlong NUL', sized(Buffer.from([0x7b, 0xc0, 0x80, 0x7d])), 400],
  ['a character that is cut off', sized(Buffer.from([0x22, 0xe2, 0x82, 0x22])), 400],
  ...types.map(
    (type) => [`Content-Type: ${type}`, sized('{"dryRun":true}', `Content-Type: ${type}\r\n`), 415] as const,
  ),
  ['the right type twice', sized('{"dryRun":true}', json + json), 415],
  ...['deflate', 'zstd', 'x-gzip', 'gzip, identity', 'identity, identity', 'aes128gcm', ''].map(
    (coding) =>
      [
        `Content-Encoding: ${coding}`,
        sized('{"dryRun":true}', `${json}Content-Encoding: ${coding}\r\n`),
        415,
      ] as const,
  ),
  ['a byte more than 16 KiB', sized(padded), 413],
  [
    'a byte more than 16 KiB, chunked',
    authorised(
      post,
      `${json}Transfer-Encoding: chunked\r\n`,
      `${padded.length.toString(16)}\r\n${padded}\r\n0\r\n\r\n`,
    ),
    413,
  ],
  [
    'a gigabyte, announced, without a token',
    request(post, `${json}Content-Length: 1073741824\r\n`, 'a'),
    401,
  ],
  [
    'a body that never ends, without a token',
    request(post, `${json}Transfer-Encoding: chunked\r\n`, `ffff\r\n${'a'.repeat(0xffff)}\r\n`),
    401,
  ],
]
