import { previous, readSecret, request, secret, secretsOf, startRig, type Rig } from './rig.js'
import { expectNoLeak, expectRefused } from './refused.js'

const post = 'POST /api/migrate'

let secrets = secretsOf({ previous, read: readSecret })
let rotating: Rig
beforeEach(async () => {
  secrets = secretsOf({ previous, read: readSecret })
  rotating = await startRig({ secrets: () => secrets })
})
afterEach(async () => rotating.close())
const by = (token: string, line = post) =>
  rotating.send(request(line, `Authorization: Bearer ${token}\r\nContent-Length: 0\r\n`))

test('the previous one lets in, and its use is logged', async () => {
  const reply = await by(previous)
  expect(reply.status).toBe(200)
  expect(rotating.engine.orders()).toMatchObject([{ actor: { credential: 'previous' } }])
  expect(rotating.logged()).toMatch(/"level":"warn".*"credential":"previous"/)
  expectNoLeak(rotating, reply)
})

test('once it was removed, it is any wrong token', async () => {
  expect((await by(previous)).status).toBe(200)
  secrets = secretsOf()
  expect((await by(previous)).status).toBe(401)
  expect((await by(secret)).status).toBe(200)
})

test.each(['POST', 'DELETE', 'PUT', 'PATCH', 'PROPFIND'])('the read secret may not %s', async (method) => {
  const reply = await by(readSecret, `${method} /api/migrate`)
  expectRefused(rotating, reply, 403)
  expect(reply.headers['www-authenticate']).toBe(`Bearer realm="migrate", error="insufficient_scope"`)
  expect(JSON.parse(reply.body)).toMatchObject({ code: 'insufficient_scope' })
})

test.each(['GET', 'HEAD'])('the read secret may %s', async (method) => {
  expect((await by(readSecret, `${method} /api/migrate`)).status).toBe(200)
})

test.each([
  ['unset', { current: undefined, usable: false }],
  ['empty, whatever is claimed', { current: '' }],
  ['absent, whatever is claimed', { current: undefined }],
  ['equal to another', { usable: false }],
])('with the secret %s everybody gets 503', async (_, wrong) => {
  secrets = secretsOf(wrong)
  for (const token of [secret, 'x', '']) {
    const reply = await by(token)
    expect([reply.status, JSON.parse(reply.body).error]).toEqual([503, 'Migration endpoint misconfigured'])
  }
  expect(rotating.engine.calls).toEqual([])
})

test('replaced while fifty requests compare: each sees the old or the new one', async () => {
  const [before, after] = [secretsOf(), secretsOf({ current: previous })]
  let asked = 0
  const reloading = await startRig({ secrets: () => ((asked += 1) % 7 < 3 ? before : after) })
  const call = (token: string) =>
    reloading.send(request('GET /api/migrate', `Authorization: Bearer ${token}\r\n`))
  const replies = await Promise.all(Array.from({ length: 50 }, (_, n) => call(n % 2 ? secret : previous)))
  for (const { status } of replies) expect([200, 401, 429]).toContain(status)
  await reloading.close()
})

test('a short secret that stands where an option’s name should is not sent back', async () => {
  const short = 'tomorrow-at-noon'
  secrets = secretsOf({ current: short })
  const sent = `{"${short}":1,"resolve":{"${short}":2}}`
  const head = `Authorization: Bearer ${short}\r\nContent-Type: application/json\r\nContent-Length: ${sent.length}\r\n`
  const reply = await rotating.send(request(`${post}?${short}=1`, head, sent))
  expect([reply.status, JSON.parse(reply.body).code]).toEqual([400, 'invalid_option'])
  expect(reply.body).toContain('"parameter":"[redacted]"')
  expect(reply.body).toContain('"pointer":"/resolve/[redacted]"')
  expect(reply.raw + rotating.logged()).not.toContain(short)
})
