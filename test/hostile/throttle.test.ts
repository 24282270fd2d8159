import { readSecret, request, secretsOf, startRig, type Rig } from './rig.js'
import { expectNextCallWorks, expectNoLeak } from './refused.js'

let rig: Rig
beforeEach(async () => {
  rig = await startRig()
})
afterEach(async () => rig.close())

describe('wrong tokens are throttled', () => {
  const from = (address: string, head = 'Authorization: Bearer wrong\r\n', line = 'GET /api/migrate') =>
    rig.send(request(line, head).replace('203.0.113.9', address))
  const fail = async (address: string, times: number) => {
    const statuses: number[] = []
    for (let n = 0; n < times; n += 1) statuses.push((await from(address)).status)
    return statuses
  }

  test('the eleventh within a minute gets 429; the right one passes and clears the count', async () => {
    expect(await fail('203.0.113.9', 11)).toEqual([...Array<number>(10).fill(401), 429])
    const reply = await from('203.0.113.9')
    expect(reply.status).toBe(429)
    expect(Number(reply.headers['retry-after'])).toBeGreaterThan(50)
    expect(JSON.parse(reply.body)).toMatchObject({ code: 'too_many_attempts', error: 'Too Many Requests' })
    expect(reply.headers['www-authenticate']).toBeUndefined()
    expectNoLeak(rig, reply)
    await expectNextCallWorks(rig)
    expect(await fail('203.0.113.9', 1)).toEqual([401])
  })

  test('on every path, and every method, there is one count', async () => {
    const paths = ['/runs/x', '/runs/x/events', '/check', '/runs', '/nowhere', '']
    for (let n = 0; n < 10; n += 1) {
      const line = `${n % 2 ? 'POST' : 'DELETE'} /api/migrate${paths[n % paths.length]}`
      expect((await from('203.0.113.9', undefined, line)).status).toBe(401)
    }
    expect((await from('203.0.113.9')).status).toBe(429)
  })

  test('another address has its own, an IPv6 /64 has one', async () => {
    expect((await fail('203.0.113.9', 11)).at(-1)).toBe(429)
    expect(await fail('203.0.113.10', 1)).toEqual([401])
    for (let n = 0; n < 10; n += 1) await from(`2001:db8:1::${n}`)
    expect((await from('2001:db8:1:0:ffff::1')).status).toBe(429)
    expect((await from('2001:db8:1:1::1')).status).toBe(401)
  })

  test('no token at all is no attempt', async () => {
    for (let n = 0; n < 12; n += 1) expect((await from('203.0.113.9', '')).status).toBe(401)
    expect(await fail('203.0.113.9', 1)).toEqual([401])
  })

  test('the read secret clears no count', async () => {
    const reading = await startRig({ secrets: () => secretsOf({ read: readSecret }) })
    const call = (token: string) =>
      reading.send(request('GET /api/migrate', `Authorization: Bearer ${token}\r\n`))
    for (let n = 0; n < 10; n += 1) await call('wrong')
    expect((await call(readSecret)).status).toBe(200)
    expect((await call('wrong')).status).toBe(429)
    await reading.close()
  })
})
