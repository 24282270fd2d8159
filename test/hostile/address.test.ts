import { createServer } from 'node:http'
import { connect, type AddressInfo } from 'node:net'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { allowlistOf, authorised, secret, startRig, type Rig } from './rig.js'
import { expectNextCallWorks, expectRefused } from './refused.js'

let rig: Rig
beforeEach(async () => {
  rig = await startRig()
})
afterEach(async () => rig.close())

const raw = (head: string) =>
  `POST /api/migrate HTTP/1.1\r\nHost: door.example\r\nAuthorization: Bearer ${secret}\r\nContent-Length: 0\r\n${head}\r\n`

describe('through the trusted proxy', () => {
  test.each([
    ['an allowed client', 'X-Forwarded-For: 203.0.113.9\r\n'],
    ['behind junk of its own', 'X-Forwarded-For: 198.51.100.7, 203.0.113.9\r\n'],
    ['mapped', 'X-Forwarded-For: ::ffff:203.0.113.9\r\n'],
    ['mapped, in hexadecimal', 'X-Forwarded-For: ::ffff:cb00:7109\r\n'],
    ['mapped, in full', 'X-Forwarded-For: 0:0:0:0:0:FFFF:203.0.113.9\r\n'],
    ['IPv6, in full', 'X-Forwarded-For: 2001:DB8:1:0:0:0:0:1\r\n'],
    ['the last of the /48', 'X-Forwarded-For: 2001:db8:1:ffff:ffff:ffff:ffff:ffff\r\n'],
  ])('%s is let in', async (_, head) => {
    expect((await rig.send(raw(head))).status).toBe(200)
  })

  test.each([
    ['no header', '', 'no-client-hop'],
    ['a spoofed entry before the appended', 'X-Forwarded-For: 203.0.113.9, 198.51.100.7\r\n', 'not-listed'],
    ['in two lines', 'X-Forwarded-For: 203.0.113.9\r\nX-Forwarded-For: 198.51.100.7\r\n', 'not-listed'],
    ['empty', 'X-Forwarded-For: \r\n', 'no-client-hop'],
    ['a comma', 'X-Forwarded-For: ,\r\n', 'unparsable-hop'],
    ['unknown', 'X-Forwarded-For: unknown\r\n', 'unparsable-hop'],
    ['with a port', 'X-Forwarded-For: 203.0.113.9:1234\r\n', 'unparsable-hop'],
    ['in quotes', 'X-Forwarded-For: "203.0.113.9"\r\n', 'unparsable-hop'],
    ['octal', 'X-Forwarded-For: 0313.0.113.9\r\n', 'unparsable-hop'],
    ['an integer', 'X-Forwarded-For: 3405803785\r\n', 'unparsable-hop'],
    ['beyond the /48', 'X-Forwarded-For: 2001:db8:2::\r\n', 'not-listed'],
    ['with a zone', 'X-Forwarded-For: 2001:db8:1::1%25eth0\r\n', 'unparsable-hop'],
    ['IPv6 loopback', 'X-Forwarded-For: 0000::1\r\n', 'not-listed'],
    ['Forwarded', 'Forwarded: for=203.0.113.9\r\n', 'no-client-hop'],
    ['X-Real-IP', 'X-Real-IP: 203.0.113.9\r\n', 'no-client-hop'],
    ['CF-Connecting-IP', 'CF-Connecting-IP: 203.0.113.9\r\n', 'no-client-hop'],
    ['True-Client-IP', 'True-Client-IP: 203.0.113.9\r\n', 'no-client-hop'],
    ['X-Client-IP', 'X-Client-IP: 203.0.113.9\r\n', 'no-client-hop'],
    ['5 000 hops', `X-Forwarded-For: ${'1,'.repeat(5_000)}203.0.113.9\r\n`, 'too-many-hops'],
  ])('%s: 403', async (_, head, reason) => {
    const reply = await rig.send(raw(head))
    expectRefused(rig, reply, 403)
    expect(rig.refusals).toMatchObject([{ code: 'forbidden', reason }])
    expect(reply.closed).toBe(false) // the connection is the proxy's
  })
})

describe('an untrusted peer', () => {
  const head = 'X-Forwarded-For: 203.0.113.9\r\n'

  test('is not believed', async () => {
    const direct = await startRig({ trustedProxies: [] })
    const reply = await direct.send(raw(head))
    expectRefused(direct, reply, 403)
    expect(reply.closed).toBe(true)
    expect(direct.refusals).toMatchObject([{ address: '127.0.0.1' }])
    await direct.close()
  })

  test('is let in by its own address', async () => {
    const list = allowlistOf('127.0.0.1')
    const direct = await startRig({ trustedProxies: [], allowlist: () => list })
    expect((await direct.send(raw(head))).status).toBe(200)
    await direct.close()
  })

  test('is refused by an empty list, though it is this machine', async () => {
    const list = allowlistOf('')
    const closed = await startRig({ trustedProxies: [], allowlist: () => list })
    expectRefused(closed, await closed.send(raw('')), 403)
    await closed.close()
  })
})

describe('a verdict that goes wrong admits nobody', () => {
  const promise = () => ({ size: 1, admits: () => Promise.resolve(true) as unknown as boolean })
  test.each([
    ['the list throws', () => ({ size: 1, admits: () => thrown() })],
    ['the list is not there', () => thrown()],
    ['the list answers with a promise', promise],
    ['the list answers with a word', () => ({ size: 1, admits: () => 'ALLOW' as unknown as boolean })],
  ])('%s', async (_, allowlist) => {
    const broken = await startRig({ allowlist })
    expectRefused(broken, await broken.send(authorised('POST /api/migrate')), 403)
    await broken.close()
  })

  function thrown(): never {
    throw new Error('a broken list')
  }
})

test('over a Unix socket there is no address: 403', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'door-'))
  const path = join(dir, 'door.sock')
  const listener = createServer()
  for (const each of rig.server.listeners('request')) listener.on('request', each as () => void)
  await new Promise<void>((resolve) => listener.listen(path, resolve))
  const answer = await new Promise<string>((resolve) => {
    const socket = connect(path, () => socket.write(raw('X-Forwarded-For: 203.0.113.9\r\n')))
    let text = ''
    socket.setEncoding('utf8').on('data', (chunk: string) => (text += chunk))
    socket.on('close', () => resolve(text))
  })
  expect(answer).toMatch(/^HTTP\/1\.1 403 /)
  expect(rig.refusals).toMatchObject([{ reason: 'no-peer' }])
  listener.close()
  rmSync(dir, { recursive: true })
})

test('on a dual-stack listener an IPv4 client is IPv4, and an IPv6 one is not', async () => {
  const list = allowlistOf('127.0.0.1')
  const dual = await startRig({ trustedProxies: [], allowlist: () => list })
  const listener = createServer()
  for (const each of dual.server.listeners('request')) listener.on('request', each as () => void)
  await new Promise<void>((resolve) => listener.listen(0, '::', resolve))
  const { port } = listener.address() as AddressInfo
  const from = (host: string) =>
    new Promise<string>((resolve) => {
      const socket = connect(port, host, () => socket.write(raw('')))
      socket.setEncoding('latin1').once('data', (text: string) => resolve(text.slice(0, 12)))
    })
  expect(await from('127.0.0.1')).toBe('HTTP/1.1 200')
  expect(await from('::1')).toBe('HTTP/1.1 403')
  expect(dual.refusals).toMatchObject([{ address: '::1', reason: 'not-listed' }])
  listener.closeAllConnections()
  listener.close()
  await dual.close()
})

describe('the whole port is behind the list', () => {
  test.each([
    'GET /',
    'GET /openapi.json',
    'GET /metrics',
    'GET /livez',
    'POST /nowhere',
    'OPTIONS *',
    'TRACE /',
  ])('%s from elsewhere: 403', async (line) => {
    const bytes = authorised(line).replace('203.0.113.9', '198.51.100.7')
    expectRefused(rig, await rig.send(bytes), 403)
  })

  test.each(['GET /', 'GET /metrics', 'GET /livez', 'POST /nowhere', 'OPTIONS *', 'GET /favicon.ico'])(
    '%s from an allowed address: 404',
    async (line) => {
      expectRefused(rig, await rig.send(authorised(line)), 404)
    },
  )
})

test('a thousand connections from elsewhere keep no allowed caller out', async () => {
  const list = allowlistOf('127.0.0.2')
  const flooded = await startRig({ trustedProxies: [], allowlist: () => list })
  const strangers = Array.from({ length: 1_000 }, () =>
    connect(flooded.port, '127.0.0.1').on('error', () => {}),
  )
  await Promise.all(strangers.map((socket) => new Promise((resolve) => socket.once('connect', resolve))))
  const held = await new Promise<number>((resolve) =>
    flooded.server.getConnections((_, count) => resolve(count)),
  )
  expect(held).toBeLessThanOrEqual(128)
  const answer = await new Promise<string>((resolve) => {
    const socket = connect({ port: flooded.port, host: '127.0.0.1', localAddress: '127.0.0.2' })
    socket.setEncoding('utf8').once('data', resolve).write(raw(''))
  })
  expect(answer).toMatch(/^HTTP\/1\.1 200 /)
  for (const socket of strangers) socket.destroy()
  await flooded.close()
})

test('a refused caller leaves the process alive', async () => {
  await rig.send(raw(''))
  await expectNextCallWorks(rig)
})
