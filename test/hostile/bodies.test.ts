import { gzipSync } from 'node:zlib'
import { connect } from 'node:net'
import { authorised, request, startRig, type Rig } from './rig.js'
import { expectNextCallWorks, expectRefused } from './refused.js'

let rig: Rig
beforeEach(async () => {
  rig = await startRig()
})
afterEach(async () => {
  await expectNextCallWorks(rig)
  await rig.close()
})

const post = 'POST /api/migrate'
const json = 'Content-Type: application/json\r\n'
const sized = (body: string | Buffer, head = json, line = post) => {
  const bytes = Buffer.from(body)
  return Buffer.concat([Buffer.from(authorised(line, `${head}Content-Length: ${bytes.length}\r\n`)), bytes])
}
const chunked = (body: string, head = json) =>
  authorised(
    post,
    `${head}Transfer-Encoding: chunked\r\n`,
    body === '' ? '0\r\n\r\n' : `${body.length.toString(16)}\r\n${body}\r\n0\r\n\r\n`,
  )

describe('what runs', () => {
  test.each([
    ['no body', authorised(post), {}],
    ['a body of no bytes', authorised(post, 'Content-Length: 0\r\n'), {}],
    [
      'a form of no bytes, as curl -d "" sends',
      sized('', 'Content-Type: application/x-www-form-urlencoded\r\n'),
      {},
    ],
    ['a chunked body of no bytes', chunked('', ''), {}],
    ['no options', sized('{}'), {}],
    ['an option, chunked', chunked('{"dryRun":true}'), { dryRun: true }],
    ['dryRun', sized('{"dryRun":true}'), { dryRun: true }],
    ['dryRun by query', authorised(`${post}?dryRun=true`), { dryRun: true }],
    ['the same both ways', sized('{"dryRun":false}', json, `${post}?dryRun=false`), { dryRun: false }],
    [
      'two ways at once',
      sized('{"dryRun":true}', json, `${post}?expect=2_b`),
      { dryRun: true, expect: '2_b' },
    ],
    [
      'a charset',
      sized('{"dryRun":true}', 'Content-Type: application/json; charset="utf-8"\r\n'),
      { dryRun: true },
    ],
    [
      'drift accepted',
      sized('{"acceptDrift":[{"name":"1_a","reason":"hotfix – Übernahme"}]}'),
      { acceptDrift: [{ name: '1_a', reason: 'hotfix – Übernahme' }] },
    ],
    [
      'the one question answered',
      sized('{"resolve":{"name":"1_a","as":"pending","reason":"index dropped by hand"}}'),
      { resolve: { name: '1_a', as: 'pending', reason: 'index dropped by hand' } },
    ],
  ])('%s', async (_, bytes, order) => {
    const reply = await rig.send(bytes)
    expect(reply.status).toBe(200)
    expect(rig.engine.orders().map((call) => call.order)).toEqual([order])
  })
})

describe('an option that is wrong: 400, with its place', () => {
  test.each([
    ['an unknown one', '{"force":true}', '/force'],
    ['text for a boolean', '{"dryRun":"true"}', '/dryRun'],
    ['a number for a boolean', '{"dryRun":1}', '/dryRun'],
    ['null for a boolean', '{"dryRun":null}', '/dryRun'],
    ['a number for a name', '{"expect":20250101}', '/expect'],
    ['a blank name', '{"expect":" "}', '/expect'],
    ['a lone surrogate', '{"expect":"\\ud800"}', '/expect'],
    ['a control character', '{"expect":"a\\u0000"}', '/expect'],
    ['an escape sequence', '{"expect":"\\u001b[31m"}', '/expect'],
    ['no reason', '{"acceptDrift":[{"name":"1_a"}]}', '/acceptDrift/0/reason'],
    ['an empty reason', '{"acceptDrift":[{"name":"1_a","reason":""}]}', '/acceptDrift/0/reason'],
    ['no drift', '{"acceptDrift":[]}', '/acceptDrift'],
    ['drift as text', '{"acceptDrift":"all"}', '/acceptDrift'],
    ['another resolution', '{"resolve":{"name":"a","as":"skip","reason":"b"}}', '/resolve/as'],
    ['more within', '{"resolve":{"name":"a","as":"applied","reason":"b","sql":"x"}}', '/resolve/sql'],
    ['a directory', '{"directory":"/tmp"}', '/directory'],
    ['a connection', '{"connection":"postgres://evil"}', '/connection'],
    ['a database', '{"databaseUrl":"postgres://evil"}', '/databaseUrl'],
    ['a source', '{"migrationSource":{}}', '/migrationSource'],
    ['a path', '{"to":"../../x"}', '/to'],
    ['__proto__', '{"__proto__":{"dryRun":true}}', '/__proto__'],
    ['constructor', '{"constructor":{"prototype":{"dryRun":true}}}', '/constructor'],
    ['a list', '[]', ''],
    ['text', '"dryRun"', ''],
    ['nothing', 'null', ''],
    ['a name with a slash', '{"a/b~c":1}', '/a~1b~0c'],
  ])('%s', async (_, body, pointer) => {
    const reply = await rig.send(sized(body))
    expectRefused(rig, reply, 400)
    expect(JSON.parse(reply.body)).toMatchObject({ code: 'invalid_option', errors: [{ pointer }] })
    expect(({} as Record<string, unknown>)['dryRun']).toBeUndefined()
  })

  test('both ways with different values', async () => {
    const reply = await rig.send(sized('{"dryRun":false}', json, `${post}?dryRun=true`))
    expectRefused(rig, reply, 400)
    expect(JSON.parse(reply.body).errors).toEqual([{ pointer: '/dryRun', detail: expect.any(String) }])
  })

  test('what was sent is not repeated', async () => {
    const reply = await rig.send(
      sized('{"expect":7777777,"resolve":{"as":"hunter2"},"hunter2-hunter2-hunter2-hunter2":1}'),
    )
    expectRefused(rig, reply, 400)
    expect(reply.body).not.toMatch(/hunter2|7777777/)
  })
})

describe('a body that is no JSON', () => {
  test.each([
    ['a byte order mark', '\uFEFF{}'],
    ['UTF-16', Buffer.from('{}', 'utf16le')],
    ['bytes that are no UTF-8', Buffer.from([0x7b, 0xff, 0x7d])],
    ['an encoded surrogate', Buffer.from([0x22, 0xed, 0xa0, 0x80, 0x22])],
    ['trailing garbage', '{}{}'],
    ['NaN', '{"dryRun":NaN}'],
    ['a comment', '{} // no'],
    ['a trailing comma', '{"dryRun":true,}'],
    ['deep nesting', '['.repeat(16_000)],
    ['white space', '   '],
    ['an option twice', '{"dryRun":true,"dryRun":false}'],
    ['an option twice, once escaped', '{"dryRun":true,"dry\\u0052un":false}'],
    ['an option twice within', '{"resolve":{"name":"a","as":"applied","as":"pending","reason":"b"}}'],
  ])('%s: 400', async (_, body) => {
    expectRefused(rig, await rig.send(sized(body)), 400)
  })

  test.each([
    ['text/plain', 'Content-Type: text/plain\r\n'],
    ['a form', 'Content-Type: application/x-www-form-urlencoded\r\n'],
    ['multipart', 'Content-Type: multipart/form-data; boundary=x\r\n'],
    ['no type', ''],
    ['another charset', 'Content-Type: application/json; charset=utf-16\r\n'],
    ['two types', `${json}Content-Type: text/plain\r\n`],
    ['almost JSON', 'Content-Type: application/jsonx\r\n'],
    ['JSON of another kind', 'Content-Type: application/problem+json\r\n'],
    ['gzip', `${json}Content-Encoding: gzip\r\n`],
    ['br', `${json}Content-Encoding: br\r\n`],
    ['identity and gzip', `${json}Content-Encoding: identity, gzip\r\n`],
  ])('%s: 415', async (_, head) => {
    expectRefused(rig, await rig.send(sized('{"dryRun":true}', head)), 415)
  })

  test('a bomb is not opened', async () => {
    const bomb = gzipSync(Buffer.alloc(10_000_000))
    expectRefused(rig, await rig.send(sized(bomb, `${json}Content-Encoding: gzip\r\n`)), 415)
  })
})

describe('a body over 16 KiB: 413', () => {
  const large = `{"expect":"${'a'.repeat(16_384)}"}`
  test.each([
    ['with its length', sized(large)],
    ['chunked', chunked(large)],
    [
      'chunked, and never ending',
      authorised(post, `${json}Transfer-Encoding: chunked\r\n`, `ffff\r\n${large}`),
    ],
    ['announced only', authorised(post, `${json}Content-Length: 99999999999\r\n`)],
  ])('%s', async (_, bytes) => {
    const reply = await rig.send(bytes)
    expectRefused(rig, reply, 413)
    expect(reply.closed).toBe(true)
  })

  test('of a caller without a token it is not read', async () => {
    const body = Buffer.alloc(100_000, 'a')
    const head = request(post, `${json}Content-Length: ${body.length}\r\n`)
    expectRefused(rig, await rig.send(Buffer.concat([Buffer.from(head), body])), 401)
  })
})

test('a caller who goes away before the body is whole has run nothing', async () => {
  const socket = connect(rig.port, '127.0.0.1').on('error', () => {})
  const gone = new Promise((resolve) =>
    rig.server.once('connection', (accepted) => accepted.once('close', resolve)),
  )
  socket.write(authorised(post, `${json}Content-Length: 15\r\n`, '{"dry'), () => socket.destroy())
  await gone
  expect(rig.engine.calls).toEqual([])
  expect(rig.logged()).not.toContain('"level":"error"')
})
