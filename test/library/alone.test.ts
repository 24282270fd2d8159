import express, { type RequestHandler } from 'express'
import { createServer } from 'node:http'
import { bearerAuth, ipAllowlist } from '../../src/index.js'
import type { RefusalReport } from '../../src/index.js'
import { listening, request, secret, type Rig } from '../hostile/rig.js'
import { expectRefused } from '../hostile/refused.js'
import { recordingEngine } from '../door/recording-engine.js'

let rig: Rig
const refusals: RefusalReport[] = []
const onRefusal = (report: RefusalReport) => void refusals.push(report)
const proxies = { trustedProxies: ['127.0.0.1'] }

async function serve(...gates: RequestHandler[]): Promise<void> {
  const app = express().use(...gates)
  app.use((req, res) => void res.send(`passed ${req.url}`))
  refusals.length = 0
  rig = await listening(createServer(app), { engine: recordingEngine(), refusals, logged: () => '' })
}
afterEach(async () => rig.close())

describe('ipAllowlist', () => {
  test('lets an application’s own routes be reached from the list only', async () => {
    await serve(ipAllowlist({ allowedIps: ['203.0.113.0/24'], ...proxies, onRefusal }))
    expect(await rig.send(request('GET /own'))).toMatchObject({ status: 200, body: 'passed /own' })
    expectRefused(rig, await rig.send(request('GET /own').replace('203.', '198.')), 403)
  })

  test('that is empty lets nobody in', async () => {
    await serve(ipAllowlist({ allowedIps: [], onRefusal }))
    expectRefused(rig, await rig.send(request('GET /')), 403)
  })
})

describe('bearerAuth', () => {
  const by = (token: string) => request('GET /', `Authorization: Bearer ${token}\r\n`)

  test('lets the right token pass', async () => {
    await serve(bearerAuth({ secret, onRefusal }))
    expect((await rig.send(by(secret))).status).toBe(200)
    expectRefused(rig, await rig.send(by('wrong')), 401)
  })

  test('sends back no secret that stands in a request id', async () => {
    await serve(bearerAuth({ secret, onRefusal }))
    const reply = await rig.send(
      by('wrong').replace('Authorization', `X-Request-Id: ${secret}\r\nAuthorization`),
    )
    expectRefused(rig, reply, 401)
    expect(reply.headers['x-request-id']).not.toContain(secret)
  })

  test('throttles by the address that ipAllowlist found', async () => {
    await serve(ipAllowlist({ allowedIps: ['203.0.113.0/24'], ...proxies }), bearerAuth({ secret }))
    for (let n = 0; n < 10; n += 1) await rig.send(by('wrong'))
    expect((await rig.send(by('wrong'))).status).toBe(429)
    expect((await rig.send(by('wrong').replace('203.0.113.9', '203.0.113.8'))).status).toBe(401)
    expect((await rig.send(by(secret))).status).toBe(200)
  })

  test('without a secret answers 503 where that only warns, and is not made elsewhere', async () => {
    expect(() => bearerAuth({ secret: undefined })).toThrow('secret is not set')
    await serve(bearerAuth({ secret: undefined, environment: 'test', onRefusal }))
    expectRefused(rig, await rig.send(by(secret)), 503)
  })
})
