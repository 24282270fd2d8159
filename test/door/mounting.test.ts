import express, { type Express, type RequestHandler } from 'express'
import { createServer } from 'node:http'
import { assemble, type AssemblyOptions } from '../../src/assembly.js'
import type { RefusalReport } from '../../src/gates/refuse.js'
import {
  allowlistOf,
  authorised,
  listening,
  networks,
  recordingLogger,
  request,
  secretsOf,
  type Rig,
} from '../hostile/rig.js'
import { expectRefused } from '../hostile/refused.js'
import { recordingEngine, runId, running } from './recording-engine.js'

let rig: Rig
afterEach(async () => rig.close())

const post = 'POST /api/migrate'
const json = (body: string) =>
  [`Content-Type: application/json\r\nContent-Length: ${body.length}\r\n`, body] as const

/** An application of a host, with the door in it. */
async function host(
  build: (app: Express, door: RequestHandler) => void,
  options: Partial<AssemblyOptions> = {},
) {
  const engine = recordingEngine()
  const refusals: RefusalReport[] = []
  const { logger, logged } = recordingLogger()
  const list = allowlistOf('203.0.113.0/24')
  const { door } = assemble({
    engine,
    secrets: () => secretsOf(),
    allowlist: () => list,
    trustedProxies: networks('127.0.0.1'),
    loopbackListener: false,
    console: false,
    logger,
    waitMs: 50_000,
    onRefusal: (report) => refusals.push(report),
    ...options,
  })
  const app = express()
  build(app, door)
  rig = await listening(createServer(app), { engine, refusals, logged })
  return rig
}

describe('wherever it is mounted', () => {
  test.each([
    ['/api/migrate', '/api/migrate'],
    ['/internal/ops', '/internal/ops'],
    ['/internal/ops', '/INTERNAL/ops/'],
    ['/tenants/:tenant/migrate', '/tenants/a%20b/migrate'],
    ['/', '/'],
  ])('at %s, called as %s', async (path, called) => {
    await host((app, door) => app.use(path, door))
    rig.engine.answer({ migrate: running })
    expectRefused(rig, await rig.send(request(`POST ${called}`, 'Content-Length: 0\r\n')), 401)
    const reply = await rig.send(authorised(`POST ${called}`, 'Content-Length: 0\r\n'))
    expect(reply.status).toBe(202)
    expect(reply.headers['location']).toBe(`${called.replace(/\/$/, '')}/runs/${runId}`)
    expect((await rig.send(authorised(`GET ${reply.headers['location']}`))).status).toBe(200)
  })

  test('in a router within a router', async () => {
    await host((app, door) => app.use('/a', express.Router().use('/b', door)))
    rig.engine.answer({ migrate: running })
    const reply = await rig.send(authorised('POST /a/b', 'Content-Length: 0\r\n'))
    expect(reply.headers['location']).toBe(`/a/b/runs/${runId}`)
  })

  test('without an application around it', async () => {
    const engine = recordingEngine()
    const list = allowlistOf('203.0.113.0/24')
    const { door } = assemble({
      engine,
      secrets: () => secretsOf(),
      allowlist: () => list,
      trustedProxies: networks('127.0.0.1'),
      console: false,
      waitMs: 1,
      ...recordingLogger(),
    })
    const app = express().use('/d', door)
    rig = await listening(createServer(app), { engine, refusals: [], logged: () => '' })
    const reply = await rig.send(authorised('GET /d').replace('Host: door.example', 'Host: localhost'))
    expect(reply.status).toBe(200)
  })

  test('what lies under its path never reaches the host’s own handlers', async () => {
    const seen: string[] = []
    await host((app, door) => {
      app.use('/api/migrate', door)
      app.use((req, res) => void res.send(seen.push(req.url)))
    })
    expectRefused(rig, await rig.send(authorised('GET /api/migrate/nowhere')), 404)
    expect(seen).toEqual([])
  })

  test('mounted twice, both have all gates', async () => {
    await host((app, door) => app.use('/a', door).use('/b', door))
    for (const path of ['/a', '/b']) {
      expect((await rig.send(request(`POST ${path}`, 'Content-Length: 0\r\n'))).status).toBe(401)
      expect((await rig.send(authorised(`POST ${path}`, 'Content-Length: 0\r\n'))).status).toBe(200)
    }
  })
})

describe('what the host application does before it changes nothing', () => {
  test('trust proxy: true', async () => {
    await host((app, door) => app.set('trust proxy', true).use('/api/migrate', door))
    const spoofed = authorised(post).replace('203.0.113.9', '203.0.113.9, 198.51.100.7')
    expectRefused(rig, await rig.send(spoofed), 403)
  })

  test('its query parser', async () => {
    await host((app, door) => app.set('query parser', () => ({ dryRun: 'true' })).use('/api/migrate', door))
    expect((await rig.send(authorised(post, 'Content-Length: 0\r\n'))).status).toBe(200)
    expect(rig.engine.orders()).toMatchObject([{ order: {} }])
  })

  test('members that it put on the request', async () => {
    await host((app, door) => {
      app.use((req, _res, next) => {
        req.body = { resolve: { name: 'a', as: 'applied', reason: 'forged' } } as unknown
        Object.defineProperty(req, 'ip', { value: '203.0.113.9' })
        next()
      })
      app.use('/api/migrate', door)
    })
    expect((await rig.send(authorised(post, 'Content-Length: 0\r\n'))).status).toBe(200)
    expect(rig.engine.orders()).toMatchObject([{ order: {} }])
    expect(rig.engine.orders()[0]?.order).toEqual({})
  })

  test('a body that its parser has read is refused, not left out of the order', async () => {
    await host((app, door) => app.use(express.json()).use('/api/migrate', door))
    expect((await rig.send(authorised(post, 'Content-Length: 0\r\n'))).status).toBe(200)
    const reply = await rig.send(authorised(post, ...json('{"dryRun":true}')))
    expect([reply.status, JSON.parse(reply.body).detail]).toEqual([
      400,
      expect.stringContaining('body parser'),
    ])
    expect(rig.engine.orders()).toHaveLength(1)
  })

  test('a body that its parser has read opens no gate', async () => {
    await host((app, door) => app.use(express.json()).use('/api/migrate', door))
    expectRefused(rig, await rig.send(request(post, ...json('{"dryRun":true}'))), 401)
  })

  test('CORS headers and X-Powered-By that are there already', async () => {
    await host((app, door) => {
      app.use((_req, res, next) => {
        res.set({ 'Access-Control-Allow-Origin': '*', 'Access-Control-Allow-Headers': 'authorization' })
        next()
      })
      app.use('/api/migrate', door)
    })
    expectRefused(rig, await rig.send(request(post)), 401)
  })

  test('its error handler, its ETags and its JSON settings', async () => {
    await host((app, door) => {
      app.set('json spaces', 4).set('etag', 'strong').use('/api/migrate', door)
      app.use(
        ((_error, _req, res, _next) =>
          void res.status(200).send('<!doctype html>')) as express.ErrorRequestHandler,
      )
    })
    rig.engine.answer({ migrate: () => Promise.reject(new Error('broken')) })
    const reply = await rig.send(authorised(post, 'Content-Length: 0\r\n'))
    expect([reply.status, JSON.parse(reply.body).code, reply.headers['etag']]).toEqual([
      500,
      'internal_error',
      undefined,
    ])
    expectRefused(
      Object.assign(rig, { engine: { ...rig.engine, calls: [] } }),
      await rig.send(authorised('GET /api/migrate/runs/%ff')),
      400,
    )
  })
})
