import { authorised, request, secret, type HostileCase } from './rig.js'

const post = 'POST /api/migrate'
const none = 'Content-Length: 0\r\n'
const whole = authorised(post, none)
const chunked = 'Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n'

const coded = (coding: string) => authorised(post, `Transfer-Encoding: ${coding}\r\n`, '0\r\n\r\n')
const hosted = (host: string) => whole.replace('door.example', host)
const inChunks = (bytes: string) => authorised(post, chunked, bytes)

/** The ways of smuggling that have been found in other programs' chunks, lines and trailers. */
export const smuggling: readonly HostileCase[] = [
  ['a line break in the value of a chunk extension', inChunks('2;a="\n"\r\n{}\r\n0\r\n\r\n'), 400],
  ['a bare CR behind a chunk extension', inChunks('2;a\r{}\r\n0\r\n\r\n'), 400],
  ...['2 ', '2\t', ' 2', '1_0', '2h', '', '+2', '\x002'].map(
    (size) =>
      [`a chunk of ${JSON.stringify(size)} bytes`, inChunks(`${size}\r\n{}\r\n0\r\n\r\n`), 400] as const,
  ),
  ['a chunk without an end of its own', inChunks('2\r\n{}0\r\n\r\n'), 400],
  ['a chunk that ends in a bare CR', inChunks('2\r\n{}\r0\r\n\r\n'), 400],
  ['a last chunk that ends in bare line feeds', inChunks('2\r\n{}\r\n0\n\n'), 400],
  [
    'a transfer coding among the trailers',
    inChunks('2\r\n{}\r\n0\r\nTransfer-Encoding: chunked\r\n\r\n'),
    400,
  ],
  ...[
    'trailers, chunked',
    'x chunked',
    'chunked chunked',
    '\u200bchunked',
    'chunked\u00a0',
    'chunked;a=b',
  ].map(
    (coding) =>
      [`Transfer-Encoding: ${JSON.stringify(coding)}`, Buffer.from(coded(coding), 'utf8'), 501] as const,
  ),
  ['a vertical tab in a value', authorised(post, `X: a\x0bb\r\n${none}`), 400],
  ['DEL in a value', authorised(post, `X: a\x7fb\r\n${none}`), 400],
  ['a bare CR before a line break', authorised(post, `X: a\r\r\n${none}`), 400],
  ['white space before the request line', ` ${whole}`, 400],
  ['a space behind the version', whole.replace('HTTP/1.1', 'HTTP/1.1 '), 400],
  ['a name of two words', authorised(post, `Content Length: 5\r\n${none}`), 400],
  ['a tab before a colon', whole.replace(none, `Content-Length\t: 0\r\n`), 400],
  [
    'a request within the body of a refused one',
    request(post, `Content-Length: ${whole.length}\r\n`, whole),
    401,
  ],
  [
    'a request within the chunks of a refused one',
    request(post, 'Transfer-Encoding: chunked\r\n', `${whole.length.toString(16)}\r\n${whole}\r\n0\r\n\r\n`),
    401,
  ],
  [
    'a token among the trailers',
    request(post, chunked, `2\r\n{}\r\n0\r\nAuthorization: Bearer ${secret}\r\n\r\n`),
    401,
  ],
  [
    'an address among the trailers',
    inChunks('2\r\n{}\r\n0\r\nX-Forwarded-For: 203.0.113.9\r\n\r\n').replace('203.0.113.9', '198.51.100.7'),
    403,
  ],
  ['two Host lines in HTTP/1.0', hosted('a\r\nHost: b').replace('HTTP/1.1', 'HTTP/1.0'), 400],
  ...['GET door.example:443', 'GET *', 'POST *', 'GET ?dryRun=true', 'GET http:/door.example/', 'GET //'].map(
    (line) => [line, authorised(line, none), line === 'GET //' ? 404 : 400] as const,
  ),
]
