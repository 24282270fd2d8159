import { authorised, request, secret, type HostileCase } from './rig.js'

const post = 'POST /api/migrate'
const none = 'Content-Length: 0\r\n'
const json = 'Content-Type: application/json\r\n'
const whole = authorised(post, none)
const chunked = `${json}Transfer-Encoding: chunked\r\n`

const coded = (coding: string) => authorised(post, `Transfer-Encoding: ${coding}\r\n`, '0\r\n\r\n')
const sized = (length: string) => authorised(post, `${json}Content-Length: ${length}\r\n`, '{}')
const hosted = (host: string) => whole.replace('door.example', host)

/** Requests that programs between client and server could frame differently. */
export const framing: readonly HostileCase[] = [
  ...['xchunked', '"chunked"', 'identity', 'chunked;q=1', 'cow', 'deflate, chunked', ',chunked', ''].map(
    (coding) => [`Transfer-Encoding: ${coding}`, coded(coding), 501] as const,
  ),
  ...['\x0bchunked', 'chunked\0', 'chunked,', 'chunked, identity'].map(
    (coding) => [`Transfer-Encoding: ${JSON.stringify(coding)}`, coded(coding), 400] as const,
  ),
  [
    'a transfer coding with a space before its colon',
    whole.replace(none, `Transfer-Encoding : chunked\r\n${none}`),
    400,
  ],
  [
    'a transfer coding on a folded line',
    whole.replace(none, `X: y\r\n Transfer-Encoding: chunked\r\n${none}`),
    400,
  ],
  [
    'a transfer coding behind a bare line feed',
    whole.replace(none, `X: y\nTransfer-Encoding: chunked\r\n${none}`),
    400,
  ],
  ['two transfer codings in two lines', coded('chunked\r\nTransfer-Encoding: identity'), 400],
  ['chunked in HTTP/1.0', coded('chunked').replace('HTTP/1.1', 'HTTP/1.0'), 400],
  ...['-1', '0x2', '2 2', '1e1', '2.0', '2;', '"2"', '2\0', '\u0662', '99999999999999999999999', ''].map(
    (length) => [`Content-Length: ${JSON.stringify(length)}`, sized(length), 400] as const,
  ),
  ['the same Content-Length twice', sized('2\r\nContent-Length: 2'), 400],
  ['chunks that end in bare line feeds', authorised(post, chunked, '2\n{}\n0\n\n'), 400],
  ['a chunk whose size has a sign', authorised(post, chunked, '-2\r\n{}\r\n0\r\n\r\n'), 400],
  ['a chunk whose size is written as hexadecimal', authorised(post, chunked, '0x2\r\n{}\r\n0\r\n\r\n'), 400],
  ['a chunk longer than its size', authorised(post, chunked, '2\r\n{}X\r\n0\r\n\r\n'), 400],
  [
    'a chunk whose size is larger than numbers are',
    authorised(post, chunked, 'ffffffffffffffff1\r\n{}'),
    400,
  ],
  ['chunk extensions without end', authorised(post, chunked, `2;${'a'.repeat(17_000)}\r\n{}\r\n`), 413],
  [
    'trailers without end',
    authorised(post, chunked, `2\r\n{}\r\n0\r\nX: ${'a'.repeat(17_000)}\r\n\r\n`),
    431,
  ],
  [
    'a length among the trailers',
    authorised(post, chunked, '2\r\n{}\r\n0\r\nContent-Length: 5\r\n\r\n'),
    400,
  ],
  ['bare line feeds for all line ends', whole.replaceAll('\r\n', '\n'), 400],
  ['a token behind a bare line feed', request(post, `Authorization: Bearer \n${secret}\r\n${none}`), 400],
  ['a token on a folded line', request(post, `Authorization: Bearer\r\n ${secret}\r\n${none}`), 400],
  ['NUL behind a token', request(post, `Authorization: Bearer ${secret}\0\r\n${none}`), 400],
  ['a header without a name', authorised(post, `: x\r\n${none}`), 400],
  ['a header without a colon', authorised(post, `Xabc\r\n${none}`), 400],
  ['a header name beyond ASCII', Buffer.from(authorised(post, `X\xe9: b\r\n${none}`), 'latin1'), 400],
  ['a tab on the request line', authorised('POST\t/api/migrate', none), 400],
  ...['HTTP/0.9', 'HTTP/1.2', 'HTTP/1.10', 'HTTP/2.0', 'HTTP/1.', 'http/1.1', 'HTTPS/1.1'].map(
    (version) => [version, whole.replace('HTTP/1.1', version), 400] as const,
  ),
  ...[
    'a:x',
    'a/b',
    'a\\b',
    'a?b',
    'a,b',
    '%',
    'a%00',
    '[::1',
    '::1',
    'a:1:2',
    '[::1%25eth0]',
    'a"b',
    '*',
  ].map((host) => [`Host: ${host}`, hosted(host), 400] as const),
  ...[
    'door.example:65536',
    'door.example:99999',
    'door.example:8a',
    '[:::]',
    '[::1]:65536',
    '[127.0.0.1]',
    '[::1%25lo]',
    'u@door.example',
    'http://door.example',
    'door.example evil.example',
  ].map((host) => [`Host: ${host}`, hosted(host), 400] as const),
  ['a name for a machine beyond ASCII', hosted('d\xf6\xf6r.example'), 400],
  ['a Host line without a value before a right one', whole.replace('Host', 'Host:\r\nHost'), 400],
]

/** Requests that are too large, or ask something of the connection. */
export const limits: readonly HostileCase[] = [
  ['a target of 16 KiB', authorised(`GET /api/migrate?${'a'.repeat(16_385)}`), 431],
  ['a header name of 16 KiB', authorised('GET /api/migrate', `${'a'.repeat(16_385)}: b\r\n`), 431],
  ['3 000 header lines without values', authorised('GET /api/migrate', 'X:\r\n'.repeat(3_000)), 431],
  ['a method of 17 KB', authorised(`${'A'.repeat(17_000)} /api/migrate`), 400],
  ...['100-continue, foo', '200-ok', '', '100-continue, 100-continue', '100-continue;a=b'].map(
    (expectation) =>
      [`Expect: ${expectation}`, authorised(post, `Expect: ${expectation}\r\n${none}`), 417] as const,
  ),
  ['two expectations', authorised(post, `Expect: 100-continue\r\nExpect: foo\r\n${none}`), 417],
  ...['true', '0', '1, 1', '01'].map(
    (early) => [`Early-Data: ${early}`, authorised(post, `Early-Data: ${early}\r\n${none}`), 425] as const,
  ),
  ['early data in two lines', authorised(post, `Early-Data: 0\r\nEarly-Data: 1\r\n${none}`), 425],
  [
    'a type that is refused before the body is asked for',
    authorised(post, 'Expect: 100-continue\r\nContent-Type: text/plain\r\nContent-Length: 2\r\n'),
    415,
  ],
  [
    'a body that is refused before it is asked for',
    authorised(post, `Expect: 100-continue\r\n${json}Content-Length: 99999\r\n`),
    413,
  ],
  ...['TLS/1.0', 'HTTP/2.0, h2c', 'foo'].map(
    (protocol) =>
      [
        `Upgrade: ${protocol}`,
        request(post, `Connection: Upgrade\r\nUpgrade: ${protocol}\r\n${none}`),
        401,
      ] as const,
  ),
  ['CONNECT to itself', 'CONNECT 127.0.0.1:7080 HTTP/1.1\r\nHost: a\r\n\r\n', 400],
  [
    'CONNECT to a path',
    `CONNECT /api/migrate HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer ${secret}\r\n\r\n`,
    400,
  ],
  ['an SSH banner', 'SSH-2.0-OpenSSH_9.6\r\n', 400],
  ['an SMTP greeting', 'EHLO evil.example\r\n\r\n', 400],
  ['a startup packet of PostgreSQL', Buffer.from('0000000804d2162f', 'hex'), 400],
]
