import { failed, runId } from '../door/recording-engine.js'
import { authorised, request, startRig, type Rig } from './rig.js'
import { expectNextCallWorks, expectNoLeak, expectRefused } from './refused.js'

let rig: Rig
beforeEach(async () => {
  rig = await startRig()
})
afterEach(async () => {
  await expectNextCallWorks(rig)
  await rig.close()
})

describe('another method is refused, with those that there are', () => {
  test.each([
    ['PUT', '', 'GET, HEAD, POST'],
    ['PATCH', '', 'GET, HEAD, POST'],
    ['DELETE', '', 'GET, HEAD, POST'],
    ['TRACE', '', 'GET, HEAD, POST'],
    ['OPTIONS', '', 'GET, HEAD, POST'],
    ['PROPFIND', '/', 'GET, HEAD, POST'],
    ['POST', '/runs', 'GET, HEAD'],
    ['POST', `/runs/${runId}`, 'GET, HEAD, DELETE'],
    ['POST', `/runs/${runId}/events`, 'GET, HEAD'],
    ['DELETE', `/runs/${runId}/outcome`, 'GET, HEAD'],
  ])('%s /api/migrate%s', async (method, path, allow) => {
    const reply = await rig.send(authorised(`${method} /api/migrate${path}`))
    expectRefused(rig, reply, 405)
    expect(reply.headers['allow']).toBe(allow)
  })
})

describe('another path is none of ours', () => {
  test.each([
    ['//api/migrate', 404],
    ['/api//migrate', 404],
    ['/api/./migrate', 404],
    ['/x/../api/migrate', 404],
    ['/api/%6digrate', 404],
    ['/api%2fmigrate', 404],
    ['/api/migrate;x', 404],
    ['/api/migrate%00', 404],
    ['/api/migrate/%00', 404],
    ['/api/migrate/runs/%', 400],
    ['/api/migrate/runs/%ff', 400],
    ['/api/migrate/nowhere', 404],
    ['/api/migrate/runs/1', 404],
    ['/api/migrate/runs/..', 404],
    ["/api/migrate/runs/0197a4c2-7d7e-7000-8000-00000000abcd'--", 404],
    ['/api/migrate/check', 404],
    ['/%', 404],
    ['/%ff', 404],
    ['/\\api\\migrate', 404],
  ])('GET %s: %i', async (path, status) => {
    expectRefused(rig, await rig.send(authorised(`GET ${path}`)), status)
  })

  test.each(['/API/Migrate', '/api/migrate/', '/Api/MIGRATE/'])('%s has the same gates', async (path) => {
    expectRefused(rig, await rig.send(request(`POST ${path}`, 'Content-Length: 0\r\n')), 401)
    expect((await rig.send(authorised(`POST ${path}`, 'Content-Length: 0\r\n'))).status).toBe(200)
  })

  test('an absolute-form target has the same gates', async () => {
    const line = 'POST http://door.example/api/migrate'
    expectRefused(rig, await rig.send(request(line, 'Content-Length: 0\r\n')), 401)
    expect((await rig.send(authorised(`${line}?dryRun=true`, 'Content-Length: 0\r\n'))).status).toBe(200)
    expect(rig.engine.orders()).toMatchObject([{ order: { dryRun: true } }])
  })
})

describe('to look acts on nothing', () => {
  test.each(['GET', 'HEAD'])('%s asks for the status only', async (method) => {
    const reply = await rig.send(authorised(`${method} /api/migrate`))
    expect(reply.status).toBe(200)
    expect(Number(reply.headers['content-length'])).toBeGreaterThan(100)
    expect(rig.engine.calls).toEqual([{ method: 'status', args: [] }])
  })

  test('its body on a GET is not read', async () => {
    const reply = await rig.send(authorised('GET /api/migrate', 'Content-Length: 15\r\n', '{"dryRun":true}'))
    expect(reply.status).toBe(200)
    expect(rig.engine.orders()).toEqual([])
  })
})

describe('a query that is not known', () => {
  test.each([
    ['an unknown option', '?dryrun=true'],
    ['an option that only a body has', '?resolve=x'],
    ['__proto__', '?__proto__[x]=1&constructor=a&toString=b'],
    ['__proto__ itself', '?__proto__=1'],
    ['a value that is not exactly true or false', '?dryRun=1'],
    ['an empty value', '?dryRun='],
    ['no value', '?dryRun'],
    ['an option twice', '?dryRun=true&dryRun=true'],
    ['an option twice, as an array', '?dryRun[]=true'],
    ['an empty name', '?=true'],
    ['an empty expectation', '?expect='],
    ['an expectation with a line break', '?expect=a%0Ab'],
    ['_method', '?_method=DELETE'],
    ['5 000 parameters', `?${'a&'.repeat(5_000)}`],
    ['15 KiB', `?${'a'.repeat(15_000)}`],
  ])('%s: 400', async (_, query) => {
    const reply = await rig.send(authorised(`POST /api/migrate${query}`, 'Content-Length: 0\r\n'))
    expectRefused(rig, reply, 400)
    expect(JSON.parse(reply.body)).toMatchObject({ code: 'invalid_option', errors: expect.any(Array) })
    expect(({} as Record<string, unknown>)['x']).toBeUndefined()
    expect(reply.body.length).toBeLessThan(3_000)
  })

  test.each([`/runs/${runId}`, '/runs', '', `/runs/${runId}/outcome`])(
    'GET %s has no options',
    async (path) => {
      expectRefused(rig, await rig.send(authorised(`GET /api/migrate${path}?verbose=1`)), 400)
    },
  )
})

test('what fails unexpectedly tells nothing of itself', async () => {
  const broken = await startRig()
  broken.engine.answer({ migrate: () => Promise.reject(new Error('postgres://user:hunter2@db/app')) })
  const reply = await broken.send(authorised('POST /api/migrate', 'Content-Length: 0\r\n'))
  expect([reply.status, JSON.parse(reply.body).code]).toEqual([500, 'internal_error'])
  expect(reply.raw).not.toMatch(/hunter2|postgres:|at /)
  expectNoLeak(broken, reply)
  await broken.close()
})

test('of a failure only the contract’s members leave', async () => {
  const failing = await startRig()
  const cause = Object.assign(new Error('insert into t values ($1)'), { detail: 'Key (iban)=(DE12) exists' })
  failing.engine.answer({ migrate: { ...failed('migration_failed', { sqlState: '23505' }), cause } })
  const reply = await failing.send(authorised('POST /api/migrate', 'Content-Length: 0\r\n'))
  expect(Object.keys(JSON.parse(reply.body) as object)).toEqual([
    'type',
    'title',
    'status',
    'detail',
    'instance',
    'code',
    'success',
    'error',
    'sqlState',
  ])
  await failing.close()
})
