import express from 'express'
import { createServer } from 'node:http'
import { addressGate } from '../../src/gates/address.js'
import { actorOf, contextOf } from '../../src/gates/context.js'
import { createAllowlist } from '../../src/network/allowlist.js'
import { createRefuse } from '../../src/gates/refuse.js'
import { silentLogger } from '../../src/observe/logger.js'
import type { ServerResponse } from 'node:http'
import { assemble } from '../../src/assembly.js'
import { allowlistOf, authorised, listening, networks, request, secretsOf } from '../hostile/rig.js'
import { recordingEngine } from '../door/recording-engine.js'

test('a gate without its envelope lets nobody pass', async () => {
  const refuse = createRefuse({ logger: silentLogger })
  const list = allowlistOf('127.0.0.1')
  const app = express()
    .set('env', 'test')
    .use(addressGate({ allowlist: () => list, trustedProxies: createAllowlist([]), refuse }))
  app.use((_req, res) => void res.send('passed'))
  app.use(((_error, _req, res, _next) => void res.status(500).end()) as express.ErrorRequestHandler)
  const rig = await listening(createServer(app), {
    engine: recordingEngine(),
    refusals: [],
    logged: () => '',
  })
  expect((await rig.send(request('GET /'))).status).toBe(500)
  await rig.close()
})

test('there is no actor on a response that has passed no bearer gate, nor can one be forged', () => {
  const actor = { credential: 'current' }
  const response = { locals: { actor }, actor } as unknown as ServerResponse
  expect(() => contextOf(response)).toThrow('first gate')
  expect(() => actorOf(response)).toThrow('first gate')
})

test('a hook that throws turns a refusal into no admission', async () => {
  const engine = recordingEngine()
  const list = allowlistOf('203.0.113.0/24')
  const { opsApp } = assemble({
    engine,
    secrets: () => secretsOf(),
    allowlist: () => list,
    trustedProxies: networks('127.0.0.1'),
    loopbackListener: false,
    console: false,
    logger: silentLogger,
    waitMs: 1,
    onRefusal: () => {
      throw new Error('a broken hook')
    },
  })
  const rig = await listening(createServer(opsApp), { engine, refusals: [], logged: () => '' })
  for (const bytes of [
    request('POST /api/migrate'),
    authorised('POST /api/migrate').replace('203.', '198.'),
  ]) {
    expect([401, 403]).toContain((await rig.send(bytes)).status)
  }
  expect(engine.calls).toEqual([])
  await rig.close()
})
