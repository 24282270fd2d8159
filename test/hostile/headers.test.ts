import { allowlistOf, authorised, previous, readSecret, request } from './rig.js'
import { secret, secretsOf, startRig, type Rig } from './rig.js'
import { expectNextCallWorks, expectNoLeak, expectRefused } from './refused.js'

let rig: Rig
beforeEach(async () => {
  rig = await startRig()
})
afterEach(async () => {
  await expectNextCallWorks(rig)
  await rig.close()
})

const post = 'POST /api/migrate'
const everybodyHere = allowlistOf('127.0.0.1')

describe('a request id that could forge a log line is replaced', () => {
  test.each([
    ['CRLF, encoded', 'a%0d%0aX-Evil: 1'],
    ['an ANSI escape', '\x1b[31mred'],
    ['10 KiB', 'a'.repeat(10_240)],
    ['JSON', '{"level":"error"}'],
    ['a look-up', '${jndi:ldap://evil/a}'],
    ['two lines', 'one\r\nX-Request-Id: two'],
    ['nothing', ''],
    ['129 characters', 'a'.repeat(129)],
    ['a letter beyond ASCII', 'é'],
  ])('%s', async (_, id) => {
    const reply = await rig.send(request(post, `X-Request-Id: ${id}\r\n`))
    if (reply.status === 400) return // the parser refuses control characters before anything sees them
    expectRefused(rig, reply, 401)
    expect(reply.headers['x-request-id']).toMatch(/^[0-9a-f-]{36}$/)
    for (const line of rig.logged().split('\n')) JSON.parse(line)
  })

  test.each([
    ['the secret', secret],
    ['the previous secret', `a.${previous}`],
    ['the read secret', `${readSecret}~b`],
    ['the secret in base64url', Buffer.from(secret).toString('base64url')],
    ['the secret in hexadecimal', Buffer.from(secret.slice(0, 39)).toString('hex')],
  ])('%s', async (_, id) => {
    const rotating = await startRig({ secrets: () => secretsOf({ previous, read: readSecret }) })
    for (const bytes of [
      request(post, `X-Request-Id: ${id}\r\n`),
      authorised('GET /api/migrate', `X-Request-Id: ${id}\r\n`),
    ]) {
      const reply = await rotating.send(bytes)
      expect([200, 401]).toContain(reply.status)
      expect(reply.headers['x-request-id']).toMatch(/^[0-9a-f-]{36}$/)
      expectNoLeak(rotating, reply)
      expect(reply.raw + rotating.logged() + JSON.stringify(rotating.refusals)).not.toContain(id)
    }
    await rotating.close()
  })

  test('a good one is kept, in the answer, the problem and the log', async () => {
    const reply = await rig.send(request(post, 'X-Request-Id: run_42~a.b-c\r\n'))
    expectRefused(rig, reply, 401)
    expect(reply.headers['x-request-id']).toBe('run_42~a.b-c')
    expect(rig.logged()).toContain('"requestId":"run_42~a.b-c"')
  })
})

describe('headers that other programs obey have no effect', () => {
  test.each([
    ['x-middleware-subrequest', 'x-middleware-subrequest: middleware:middleware:middleware\r\n'],
    ['X-Original-URL', 'X-Original-URL: /livez\r\n'],
    ['X-Rewrite-URL', 'X-Rewrite-URL: /livez\r\n'],
    ['X-Forwarded-Host and Prefix', 'X-Forwarded-Host: evil\r\nX-Forwarded-Prefix: /x\r\n'],
    ['X-HTTP-Method-Override', 'X-HTTP-Method-Override: POST\r\n'],
  ])('%s', async (_, head) => {
    expectRefused(rig, await rig.send(request('GET /api/migrate', head)), 401)
  })

  test('a GET that wants to be a POST is a GET', async () => {
    const reply = await rig.send(authorised('GET /api/migrate', 'X-HTTP-Method-Override: POST\r\n'))
    expect(reply.status).toBe(200)
    expect(rig.engine.orders()).toEqual([])
  })
})

describe('what another site’s page sends is refused, with a right token too', () => {
  test.each([
    ['a foreign Origin', 'Origin: https://evil.example\r\n'],
    ['an Origin of another port', 'Origin: https://door.example:8443\r\n'],
    ['an Origin that begins with the host', 'Origin: https://door.example.evil.example\r\n'],
    ['an opaque Origin', 'Origin: null\r\n'],
    ['two Origins', 'Origin: https://door.example\r\nOrigin: https://evil.example\r\n'],
    ['Sec-Fetch-Site: cross-site', 'Sec-Fetch-Site: cross-site\r\n'],
    ['that with an Origin of its own', 'Sec-Fetch-Site: cross-site\r\nOrigin: https://door.example\r\n'],
    ['a word that no browser sends', 'Sec-Fetch-Site: sideways\r\n'],
    ['two words', 'Sec-Fetch-Site: none\r\nSec-Fetch-Site: cross-site\r\n'],
    [
      'a navigation',
      'Sec-Fetch-Site: cross-site\r\nSec-Fetch-Mode: navigate\r\nSec-Fetch-Dest: document\r\n',
    ],
  ])('%s', async (_, head) => {
    const reply = await rig.send(authorised(post, head))
    expectRefused(rig, reply, 403)
    expect(rig.refusals[0]?.code).toBe('cross_site')
  })

  test.each([
    ['its own page', 'Origin: https://door.example\r\nSec-Fetch-Site: same-origin\r\n'],
    ['its own page in an old browser', 'Origin: http://DOOR.example\r\n'],
    ['a bookmark', 'Sec-Fetch-Site: none\r\n'],
  ])('%s passes', async (_, head) => {
    const reply = await rig.send(authorised(post, `${head}Content-Length: 0\r\n`))
    expect(reply.status).toBe(200)
    expectNoLeak(rig, reply)
  })

  test('an Origin with the default port is that of a Host that names it', async () => {
    const bytes = authorised(post, 'Origin: https://door.example\r\nContent-Length: 0\r\n')
    const reply = await rig.send(bytes.replace('Host: door.example', 'Host: door.example:443'))
    expect(reply.status).toBe(200)
  })

  test('a preflight gets no CORS header', async () => {
    const head =
      'Origin: https://door.example\r\nAccess-Control-Request-Method: POST\r\nAccess-Control-Request-Headers: authorization\r\n'
    expectRefused(rig, await rig.send(request('OPTIONS /api/migrate', head)), 401)
  })

  test('a preflight from a foreign address is refused as such', async () => {
    const bytes = request('OPTIONS /api/migrate', 'Origin: https://evil.example\r\n')
    const reply = await rig.send(bytes.replace('203.0.113.9', '198.51.100.7'))
    expectRefused(rig, reply, 403)
    expect(rig.refusals[0]?.code).toBe('forbidden')
  })
})

describe('a link from another site', () => {
  const link = 'Sec-Fetch-Site: cross-site\r\nSec-Fetch-Mode: navigate\r\nSec-Fetch-Dest: document\r\n'
  test.each([
    ['leads to the console', true, 'GET /', 404],
    ['leads nowhere where there is none', false, 'GET /', 403],
    ['does not lead to a script', true, 'GET /app.js', 403],
    ['does not post', true, 'POST /', 403],
    ['does not lead to the door', true, 'GET /api/migrate', 403],
    ['does not carry a query to the console', true, 'GET /?x=1', 403],
  ])('%s', async (_, console, line, status) => {
    const other = await startRig({ console })
    expectRefused(other, await other.send(request(line, link)), status)
    await other.close()
  })

  test('a frame is no navigation', async () => {
    const other = await startRig({ console: true })
    const frame = link.replace('document', 'iframe')
    expectRefused(other, await other.send(request('GET /', frame)), 403)
    await other.close()
  })
})

describe('on a loopback listener', () => {
  const local = (host: string, line = 'GET /api/migrate') =>
    `${line} HTTP/1.1\r\nHost: ${host}\r\nAuthorization: Bearer ${secret}\r\n\r\n`
  let loopback: Rig
  beforeEach(async () => {
    loopback = await startRig({
      loopbackListener: undefined,
      allowlist: () => everybodyHere,
      trustedProxies: [],
    })
  })
  afterEach(async () => loopback.close())

  test.each([
    ['a name that was rebound', local('evil.example'), 403],
    ['one that begins like ours', local('localhost.evil.example:7080'), 403],
    ['an absolute-form target', local('localhost', 'GET http://evil.example/api/migrate'), 403],
    [
      'an absolute-form target under a foreign Host',
      local('evil.example', 'GET http://localhost/api/migrate'),
      403,
    ],
  ])('%s is refused', async (_, bytes, status) => {
    const reply = await loopback.send(bytes)
    expectRefused(loopback, reply, status)
    expect(loopback.refusals[0]?.code).toBe('host_not_allowed')
  })

  test.each(['localhost', 'localhost:7080', '127.0.0.1:7080', '[::1]:7080'])(
    '%s is answered',
    async (host) => {
      expect((await loopback.send(local(host))).status).toBe(200)
    },
  )

  test('a trusted proxy may name any host', async () => {
    const proxied = await startRig({ loopbackListener: true })
    expect((await proxied.send(authorised('GET /api/migrate'))).status).toBe(200)
    await proxied.close()
  })
})
