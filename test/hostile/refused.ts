import { authorised, previous, readSecret, secret, type Reply, type Rig } from './rig.js'

/** What holds of every refused request, whatever refused it. */
export function expectRefused(rig: Rig, reply: Reply, ...allowed: readonly number[]): void {
  expect(allowed).toContain(reply.status)
  expect(rig.engine.calls).toEqual([])
  expect(reply.headers).toMatchObject({
    'content-type': 'application/problem+json',
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
    'x-request-id': expect.stringMatching(/^[A-Za-z0-9._~-]{1,128}$/),
  })
  expect(JSON.parse(reply.body)).toMatchObject({
    type: expect.stringMatching(/^urn:sallyport:problem:[a-z_]+$/),
    title: expect.any(String),
    status: reply.status,
    detail: expect.any(String),
    instance: `urn:sallyport:request:${reply.headers['x-request-id']}`,
    success: false,
    error: JSON.parse(reply.body).title,
  })
  expect(rig.refusals.map(({ status, code }) => ({ status, code }))).toEqual([
    { status: reply.status, code: JSON.parse(reply.body).code },
  ])
  expectNoLeak(rig, reply)
}

/** No secret, stack, framework or CORS header, in the answer or the log. */
export function expectNoLeak(rig: Rig, reply: Reply): void {
  for (const value of [secret, previous, readSecret]) {
    expect(reply.raw).not.toContain(value)
    expect(rig.logged()).not.toContain(value)
  }
  expect(reply.raw).not.toMatch(/x-powered-by|etag:|access-control-|<!doctype|\.[jt]s:\d+/i)
}

/** The process is alive and lets the right caller in. */
export async function expectNextCallWorks(rig: Rig): Promise<void> {
  const reply = await rig.send(authorised('POST /api/migrate', 'Content-Length: 0\r\n'))
  expect([reply.status, JSON.parse(reply.body)]).toMatchObject([200, { success: true, status: 'applied' }])
}
