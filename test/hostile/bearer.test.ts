import { authorised, request, secret, startRig, type Rig } from './rig.js'
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
const withHeader = (head: string) => request(post, `${head}\r\nContent-Length: 0\r\n`)
const bare = 'Bearer realm="migrate"'
const swapped = secret.replace(/[a-z]/gi, (letter) =>
  letter === letter.toLowerCase() ? letter.toUpperCase() : letter.toLowerCase(),
)

describe('no credentials: 401 without a word about a token (RFC 6750 §3.1)', () => {
  test.each([
    ['no line', 'X-Nothing: 1'],
    ['another scheme', `Token ${secret}`],
    ['Basic', `Basic ${Buffer.from(`:${secret}`).toString('base64')}`],
    ['Digest', 'Digest username="x"'],
    ['the secret alone', secret],
    ['another header', `X-Api-Key: ${secret}`],
    ['a cookie', `Cookie: access_token=${secret}; Authorization=Bearer ${secret}`],
    ['for a proxy', `Proxy-Authorization: Bearer ${secret}`],
    ['an empty line', 'Authorization:'],
  ])('%s', async (_, value) => {
    const line = value.includes(': ') || value.endsWith(':') ? value : `Authorization: ${value}`
    const reply = await rig.send(withHeader(line))
    expectRefused(rig, reply, 401)
    expect(reply.headers['www-authenticate']).toBe(bare)
  })
})

describe('a wrong token: 401 invalid_token', () => {
  test.each([
    ['of the same length', `${secret.slice(0, -1)}x`],
    ['a beginning', secret.slice(0, -1)],
    ['one character more', `${secret}x`],
    ['in the other case', swapped],
    ['in quotes', `"${secret}"`],
    ['percent-encoded', [...Buffer.from(secret)].map((byte) => `%${byte.toString(16)}`).join('')],
    ['in base64', Buffer.from(secret).toString('base64')],
    ['a JWT with alg none', 'eyJhbGciOiJub25lIn0.eyJzdWIiOiJhZG1pbiJ9.'],
    ['bytes beyond ASCII', 'caf\xe9'],
    ['a percent-encoded NUL', `${secret}%00`],
    ['8 KiB', 'a'.repeat(8_192)],
    ['a pad', `${secret}=`],
    ['undefined', 'undefined'],
  ])('%s', async (_, token) => {
    const reply = await rig.send(Buffer.from(withHeader(`Authorization: Bearer ${token}`), 'latin1'))
    expectRefused(rig, reply, 401)
    expect(reply.headers['www-authenticate']).toBe(`${bare}, error="invalid_token"`)
  })

  test('UTF-8', async () => {
    expectRefused(rig, await rig.send(withHeader('Authorization: Bearer 🔑')), 401)
  })

  test('all of them get the same body', async () => {
    const bodies = new Set<string>()
    for (const token of [`${secret}x`, 'x', swapped]) {
      const { body } = await rig.send(withHeader(`X-Request-Id: same\r\nAuthorization: Bearer ${token}`))
      bodies.add(body)
    }
    expect(bodies.size).toBe(1)
  })
})

describe('a malformed line: 400', () => {
  test.each([
    ['two lines, good then bad', `Authorization: Bearer ${secret}\r\nAuthorization: Bearer x`],
    ['two lines, bad then good', `Authorization: Bearer x\r\nAuthorization: Bearer ${secret}`],
    ['the same twice', `Authorization: Bearer ${secret}\r\nauthorization: Bearer ${secret}`],
    ['a tab', `Authorization: Bearer\t${secret}`],
    ['no token', 'Authorization: Bearer'],
    ['spaces for a token', 'Authorization: Bearer   '],
    ['two tokens', `Authorization: Bearer ${secret} ${secret}`],
    ['two tokens in a list', `Authorization: Bearer ${secret}, Bearer x`],
  ])('%s', async (_, head) => {
    expectRefused(rig, await rig.send(withHeader(head)), 400)
  })
})

describe('the right token', () => {
  test.each([
    ['bearer', `bearer ${secret}`],
    ['BEARER', `BEARER ${secret}`],
    ['two spaces', `Bearer  ${secret}`],
    ['white space behind it', `Bearer ${secret} \t`],
  ])('%s', async (_, value) => {
    const reply = await rig.send(withHeader(`Authorization: ${value}`))
    expect(reply.status).toBe(200)
    expectNoLeak(rig, reply)
  })

  test('tells the engine who asked', async () => {
    const head = `User-Agent: curl/8\r\nX-Actor: ci ${secret}\r\nX-Request-Id: r1\r\nContent-Length: 0\r\n`
    await rig.send(authorised(post, head))
    expect(rig.engine.orders()).toMatchObject([
      {
        actor: {
          credential: 'current',
          address: '203.0.113.9',
          requestId: 'r1',
          userAgent: 'curl/8',
          declared: 'ci [redacted]',
        },
      },
    ])
  })

  test.each([
    ['in the query', request(`POST /api/migrate?access_token=${secret}`)],
    [
      'in the body',
      request(
        post,
        'Content-Type: application/json\r\nContent-Length: 59\r\n',
        `{"access_token":"${secret}"}`,
      ),
    ],
  ])('is nothing %s', async (_, bytes) => {
    expectRefused(rig, await rig.send(bytes), 401)
  })

  test('in the query beside a right header: an unknown option', async () => {
    const reply = await rig.send(authorised(`POST /api/migrate?access_token=${secret}&${secret}=1`))
    expectRefused(rig, reply, 400)
    expect(JSON.parse(reply.body).errors).toEqual([
      { parameter: 'access_token', detail: 'unknown option' },
      { parameter: '…', detail: 'unknown option' },
    ])
  })

  test('from an address that may not call: refused like any other token', async () => {
    const foreign = (token: string) =>
      request(post, `X-Request-Id: same\r\nAuthorization: Bearer ${token}\r\n`).replace(
        '203.0.113.9',
        '198.51.100.7',
      )
    const right = await rig.send(foreign(secret))
    expectRefused(rig, right, 403)
    const wrong = await rig.send(foreign('x'))
    expect(right.raw.replace(/^Date.*$/m, '')).toBe(wrong.raw.replace(/^Date.*$/m, ''))
  })
})
