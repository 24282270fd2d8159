import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible'
import { createThrottle } from '../../src/gates/throttle.js'
import { parseAddress } from '../../src/network/address.js'

const at = (text: string) => {
  const address = parseAddress(text)
  if (address === undefined) throw new Error(`${text} is no address`)
  return address
}

describe('a client over the limit', () => {
  test('is told when to come back: within the window, in whole seconds', async () => {
    const throttle = createThrottle({ failures: 2, windowSeconds: 30 })
    const client = at('203.0.113.9')
    expect(await throttle.failed(client)).toBeUndefined()
    expect(await throttle.failed(client)).toBeUndefined()
    expect(await throttle.failed(client)).toBe(30)
  })

  test('is not kept out longer than the window by a clock that went back', async () => {
    const throttle = createThrottle({ failures: 1, windowSeconds: 30 })
    const client = at('203.0.113.9')
    await throttle.failed(client)
    const clock = jest.spyOn(Date, 'now').mockReturnValue(Date.now() - 3_600_000)
    expect(await throttle.failed(client)).toBe(30)
    clock.mockRestore()
  })

  test('is forgotten with a right token', async () => {
    const throttle = createThrottle({ failures: 1 })
    const client = at('203.0.113.9')
    await throttle.failed(client)
    throttle.succeeded(client)
    expect(await throttle.failed(client)).toBeUndefined()
    expect(await throttle.failed(client)).toBe(60)
  })

  test('is an IPv6 /64, and an IPv4 address in whichever spelling', async () => {
    const throttle = createThrottle({ failures: 1 })
    await throttle.failed(at('2001:db8:1:2::1'))
    expect(await throttle.failed(at('2001:db8:1:2:ffff::'))).toBe(60)
    expect(await throttle.failed(at('2001:db8:1:3::1'))).toBeUndefined()
    await throttle.failed(at('203.0.113.9'))
    expect(await throttle.failed(at('::ffff:203.0.113.9'))).toBe(60)
  })

  test('without an address shares one count', async () => {
    const throttle = createThrottle({ failures: 1 })
    await throttle.failed(undefined)
    expect(await throttle.failed(undefined)).toBe(60)
  })
})

describe('memory', () => {
  test('holds a record for ten thousand clients of a million, and one for all others', async () => {
    const keys = new Set<unknown>()
    const { consume } = RateLimiterMemory.prototype
    // No spy: what it keeps of a million calls is more than what is measured here.
    RateLimiterMemory.prototype.consume = (key) => {
      keys.add(key)
      return Promise.resolve(new RateLimiterRes())
    }
    const throttle = createThrottle()
    for (let n = 0; n < 1_000_000; n += 1) {
      await throttle.failed({ family: 6, text: '', groups: [0x2001, 0xdb8, n >> 16, n & 0xffff, 0, 0, 0, 1] })
    }
    RateLimiterMemory.prototype.consume = consume
    expect(keys.size).toBe(10_001)
  }, 60_000)

  test('is bounded: clients beyond the limit share one count', async () => {
    const throttle = createThrottle({ failures: 2, maxClients: 3 })
    for (const last of [1, 2, 3]) expect(await throttle.failed(at(`10.0.0.${last}`))).toBeUndefined()
    expect(await throttle.failed(at('10.0.0.4'))).toBeUndefined()
    expect(await throttle.failed(at('10.0.0.5'))).toBeUndefined()
    expect(await throttle.failed(at('10.0.0.6'))).toBe(60)
    expect(await throttle.failed(at('10.0.0.1'))).toBeUndefined()
  })

  test('is given back after the window', async () => {
    const throttle = createThrottle({ failures: 1, windowSeconds: 1, maxClients: 1 })
    await throttle.failed(at('10.0.0.1'))
    await throttle.failed(at('10.0.0.2'))
    expect(await throttle.failed(at('10.0.0.3'))).toBe(1)
    const now = performance.now()
    const clock = jest.spyOn(performance, 'now').mockReturnValue(now + 1_001)
    expect(await throttle.failed(at('10.0.0.3'))).toBeUndefined()
    clock.mockRestore()
  })

  test('a right token of a client that shares the count does not clear it for the others', async () => {
    const throttle = createThrottle({ failures: 1, maxClients: 1 })
    for (const last of [1, 2]) await throttle.failed(at(`10.0.0.${last}`))
    throttle.succeeded(at('10.0.0.2'))
    expect(await throttle.failed(at('10.0.0.3'))).toBe(60)
  })
})
