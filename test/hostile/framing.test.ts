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

describe('a request that two programs could read differently is refused and its connection closed', () => {
  test.each([
    [
      'Content-Length and chunked',
      authorised(post, 'Content-Length: 5\r\nTransfer-Encoding: chunked\r\n', '0\r\n\r\n'),
    ],
    [
      'chunked and Content-Length',
      authorised(post, 'Transfer-Encoding: chunked\r\nContent-Length: 5\r\n', '0\r\n\r\n'),
    ],
    ['two differing Content-Length', authorised(post, 'Content-Length: 0\r\nContent-Length: 2\r\n', '{}')],
    ['a list of Content-Length', authorised(post, 'Content-Length: 2, 2\r\n', '{}')],
    ['a signed Content-Length', authorised(post, 'Content-Length: +2\r\n', '{}')],
    ['a folded line', authorised(post, 'X-A: b\r\n c: d\r\n')],
    ['NUL in a value', authorised(post, 'X-A: b\0c\r\n')],
    ['a bare CR', authorised(post, 'X-A: b\rX-C: d\r\n')],
    ['a space before the colon', request(post, 'Authorization : Bearer x\r\n')],
    ['two Host lines', authorised(post, 'Host: door.example\r\n')],
    ['no Host', 'POST /api/migrate HTTP/1.1\r\nX-Forwarded-For: 203.0.113.9\r\n\r\n'],
    ['an empty Host', 'POST /api/migrate HTTP/1.1\r\nHost: \r\nX-Forwarded-For: 203.0.113.9\r\n\r\n'],
    [
      'a Host that is none',
      'POST /api/migrate HTTP/1.1\r\nHost: a b\r\nX-Forwarded-For: 203.0.113.9\r\n\r\n',
    ],
    ['a Host with user information', 'GET / HTTP/1.1\r\nHost: a@b\r\nX-Forwarded-For: 203.0.113.9\r\n\r\n'],
    ['no version', 'GET /\r\n\r\n'],
    ['an unknown version', 'GET / HTTP/3.0\r\nHost: a\r\n\r\n'],
    ['an HTTP/2 preface', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'],
    ['a TLS hello', Buffer.from('160301020001000001fc0303', 'hex')],
    ['PROXY v1', `PROXY TCP4 203.0.113.9 10.0.0.1 1 2\r\n${authorised(post)}`],
    ['PROXY v2', Buffer.concat([Buffer.from('0d0a0d0a000d0a515549540a2111000c', 'hex'), Buffer.alloc(12)])],
    ['CONNECT', 'CONNECT db.internal:5432 HTTP/1.1\r\nHost: db.internal\r\n\r\n'],
    ['a method in lower case', request('post /api/migrate')],
    ['a target that is neither path nor URL', request('OPTIONS migrate')],
  ])('%s', async (_, bytes) => {
    const reply = await rig.send(bytes)
    expectRefused(rig, reply, 400)
    expect(reply.closed).toBe(true)
  })

  test.each([
    ['gzip', 'Transfer-Encoding: gzip\r\n', 501],
    ['gzip before chunked', 'Transfer-Encoding: gzip, chunked\r\n', 501],
    ['chunked twice', 'Transfer-Encoding: chunked, chunked\r\n', 400], // Node's parser
    ['two lines', 'Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n', 400],
  ])('a transfer coding other than chunked: %s', async (_, head, status) => {
    const reply = await rig.send(authorised(post, head, '0\r\n\r\n'))
    expectRefused(rig, reply, status)
    expect(reply.closed).toBe(true)
  })
})

describe('a header block has bounds', () => {
  test.each([
    ['20 KiB in all', Array.from({ length: 20 }, (_, n) => `X-${n}: ${'a'.repeat(1_000)}\r\n`).join('')],
    ['one line of 16 KiB and a byte', `X-A: ${'a'.repeat(16_385)}\r\n`],
    ['101 lines', 'X: y\r\n'.repeat(101)],
  ])('%s', async (_, head) => {
    const reply = await rig.send(authorised(post, head))
    expectRefused(rig, reply, 431)
    expect(reply.closed).toBe(true)
  })

  test('junk lines cannot push off the address that a proxy appends behind them', async () => {
    const junk = 'X: y\r\n'.repeat(2_100)
    const head = `Host: a\r\nX-Forwarded-For: 203.0.113.9\r\n${junk}X-Forwarded-For: 198.51.100.7\r\n`
    const reply = await rig.send(`POST /api/migrate HTTP/1.1\r\n${head}\r\n`)
    expectRefused(rig, reply, 431)
  })

  test('100 lines are fine', async () => {
    const reply = await rig.send(authorised(post, `${'X: y\r\n'.repeat(96)}Content-Length: 0\r\n`))
    expect(reply.status).toBe(200)
  })
})

describe('what a client asks of the connection', () => {
  test('an expectation other than 100-continue is refused', async () => {
    expectRefused(rig, await rig.send(authorised(post, 'Expect: foo\r\nContent-Length: 2\r\n')), 417)
  })

  test('100 Continue is sent to a caller who passed the gates, before the body', async () => {
    const head = 'Expect: 100-continue\r\nContent-Type: application/json\r\nContent-Length: 15\r\n'
    const reply = await rig.send(authorised(post, head, '{"dryRun":true}'))
    expect(reply.raw).toMatch(/^HTTP\/1\.1 100 Continue\r\n\r\nHTTP\/1\.1 200 /)
    expect(rig.engine.orders()).toMatchObject([{ order: { dryRun: true } }])
  })

  test('a refused caller gets no 100 Continue', async () => {
    const reply = await rig.send(request(post, 'Expect: 100-continue\r\nContent-Length: 15\r\n'))
    expectRefused(rig, reply, 401)
    expect(reply.raw).not.toContain('100 Continue')
  })

  test.each([
    ['h2c', 'Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n'],
    [
      'websocket',
      'Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n',
    ],
  ])('an upgrade to %s is ignored', async (_, head) => {
    const reply = await rig.send(authorised('GET /api/migrate', head))
    expect(reply.status).toBe(200)
  })

  test('early data is refused', async () => {
    const reply = await rig.send(authorised(post, 'Early-Data: 1\r\n'))
    expectRefused(rig, reply, 425)
    expect(reply.headers['retry-after']).toBe('1')
  })

  test('HTTP/1.0 without Host is answered and closed', async () => {
    const reply = await rig.send('GET /api/migrate HTTP/1.0\r\nX-Forwarded-For: 203.0.113.9\r\n\r\n')
    expectRefused(rig, reply, 401)
    expect(reply.closed).toBe(true)
  })

  test('pipelined requests are answered in order', async () => {
    const bad = request(post, 'Authorization: Bearer wrong\r\nContent-Length: 2\r\n', '{}')
    const reply = await rig.send(bad + authorised(post, 'Content-Length: 0\r\n'), { answers: 2 })
    expect(reply.statuses).toEqual([401, 200])
  })

  test('a body that a refused caller goes on sending is not waited for', async () => {
    const reply = await rig.send(
      request(post, 'Content-Type: application/json\r\nContent-Length: 1000000\r\n', '{"a'),
    )
    expectRefused(rig, reply, 401)
    expect(reply.closed).toBe(true)
  })
})

describe('a request that does not arrive', () => {
  let slow: Rig
  beforeEach(async () => {
    slow = await startRig({}, { headersTimeout: 200, requestTimeout: 400, connectionsCheckingInterval: 50 })
  })
  afterEach(async () => slow.close())

  test.each([
    ['headers that trickle', 'POST /api/migrate HTTP/1.1\r\nHost: a\r\nX-'],
    ['nothing at all', ''],
  ])('%s: 408, closed', async (_, bytes) => {
    const reply = await slow.send(bytes)
    expectRefused(slow, reply, 408)
    expect(reply.closed).toBe(true)
  })

  test('a body that stops half way: 408, closed, nothing run', async () => {
    const reply = await slow.send(
      authorised(post, 'Content-Type: application/json\r\nContent-Length: 100\r\n', '{"dry'),
    )
    expectRefused(slow, reply, 408)
    expect(reply.closed).toBe(true)
  })

  test('two hundred such connections keep nobody out', async () => {
    const sockets = Array.from({ length: 200 }, () => connect(slow.port, '127.0.0.1'))
    await Promise.all(sockets.map((socket) => new Promise((resolve) => socket.once('connect', resolve))))
    for (const socket of sockets) socket.on('error', () => {}).write('P')
    await expectNextCallWorks(slow)
    await Promise.all(
      sockets.map((socket) => new Promise((resolve) => socket.resume().once('close', resolve))),
    )
  })
})
