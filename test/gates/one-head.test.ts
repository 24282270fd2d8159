import helmet from 'helmet'
import { ServerResponse } from 'node:http'
import { BlockList } from 'node:net'
import { answerHeaders } from '../../src/gates/envelope.js'
import { allowlistOf, authorised, request, startRig } from '../hostile/rig.js'

afterEach(() => jest.restoreAllMocks())

test.each([
  ['the address gate', request('POST /api/migrate').replace('203.', '198.'), 403],
  ['the bearer gate', request('POST /api/migrate'), 401],
  [
    'the bearer gate, with a wrong token',
    request('GET /api/migrate', 'Authorization: Bearer wrong\r\n'),
    401,
  ],
])('%s sends its refusal with one head, and sets no header singly', async (_, bytes, status) => {
  const rig = await startRig()
  const set = jest.spyOn(ServerResponse.prototype, 'setHeader')
  const write = jest.spyOn(ServerResponse.prototype, 'writeHead')
  const reply = await rig.send(bytes)
  expect(reply.status).toBe(status)
  expect([set.mock.calls.length, write.mock.calls.length]).toEqual([0, 1])
  await rig.close()
})

test.each([
  ['a refusal at once', request('POST /api/migrate'), 401],
  ['a refusal by the limits, whose connection closes', request('POST /api/migrate', 'Host: two\r\n'), 400],
  ['a refusal that says when to come back', request('POST /api/migrate', 'Early-Data: 1\r\n'), 425],
  ['a refused option', authorised('GET /api/migrate?what=1'), 400],
  ['a path where there is nothing', request('GET /nothing'), 404],
  ['a page beside the door', request('GET /openapi.json'), 200],
  ['an answer of the door', authorised('GET /api/migrate'), 200],
  ['a target that cannot be decoded', authorised('DELETE /api/migrate/runs/%ff'), 400],
])('%s has every header of every answer', async (_, bytes, status) => {
  const rig = await startRig()
  const { status: answered, headers } = await rig.send(bytes)
  expect(answered).toBe(status)
  for (const [name, value] of answerHeaders)
    expect([name, headers[name.toLowerCase()]]).toEqual([name, value])
  expect(headers['x-request-id']).toMatch(/^[0-9a-f-]{36}$/)
  await rig.close()
})

test('the headers of every answer are all that helmet has', () => {
  const names: string[] = []
  const recorder = { setHeader: (name: string) => names.push(name), removeHeader: () => undefined }
  helmet()(undefined as never, recorder as unknown as ServerResponse, () => undefined)
  expect(answerHeaders.map(([name]) => name)).toEqual(expect.arrayContaining(names))
})

test('Node’s reading of the allowlist is asked once for a peer that comes again', async () => {
  const check = jest.spyOn(BlockList.prototype, 'check')
  const list = allowlistOf('127.0.0.1')
  const rig = await startRig({ allowlist: () => list })
  await rig.send(request('POST /api/migrate').replace(/X-Forwarded-For.*\r\n/, ''))
  const first = check.mock.calls.length
  await rig.send(request('POST /api/migrate').replace(/X-Forwarded-For.*\r\n/, ''))
  expect(first).toBeGreaterThan(0)
  expect(check.mock.calls.length).toBe(first)
  await rig.close()
})
