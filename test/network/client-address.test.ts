import fc from 'fast-check'
import { createAllowlist } from '../../src/network/allowlist.js'
import { parseAllowlist } from '../../src/network/allowlist-text.js'
import { resolveClient } from '../../src/network/client-address.js'
import { anyValue, contains, rounds, spelled, unmappedValue } from './arithmetic.js'

const trusted = createAllowlist(parseAllowlist('127.0.0.1/32, 10.0.0.0/8').networks)
const resolve = (peer: string | undefined, ...forwardedFor: string[]) =>
  resolveClient({ peer, forwardedFor, trusted })

describe('the client is', () => {
  test.each([
    ['the peer', '203.0.113.9', [], '203.0.113.9'],
    [
      'the peer, where it is no trusted proxy, whatever it says',
      '198.51.100.7',
      ['203.0.113.9'],
      '198.51.100.7',
    ],
    ['the peer without its zone', 'fe80::1%eth0', [], 'fe80::1'],
    ['the peer as IPv4 on a dual-stack listener', '::ffff:203.0.113.9', [], '203.0.113.9'],
    ['the entry that a trusted proxy appended', '127.0.0.1', ['203.0.113.9'], '203.0.113.9'],
    ['that, not what the client had sent', '127.0.0.1', ['203.0.113.9, 198.51.100.7'], '198.51.100.7'],
    ['the last of two lines', '127.0.0.1', ['203.0.113.9', '198.51.100.7'], '198.51.100.7'],
    [
      'the last of two lines, also the other way about',
      '127.0.0.1',
      ['198.51.100.7', '203.0.113.9'],
      '203.0.113.9',
    ],
    ['before further trusted proxies', '127.0.0.1', ['203.0.113.9, 10.0.0.3 ,\t10.0.0.2'], '203.0.113.9'],
    ['found behind a mapped proxy', '::ffff:127.0.0.1', ['203.0.113.9'], '203.0.113.9'],
    ['found although junk stands left of it', '127.0.0.1', ['unknown, , x:1, 203.0.113.9'], '203.0.113.9'],
    ['one address in every spelling', '127.0.0.1', ['0000::1'], '::1'],
  ])('%s', (_, peer, lines, address) => {
    expect(resolve(peer, ...lines).address?.text).toBe(address)
  })
})

describe('nobody, and the reason', () => {
  test.each([
    [undefined, [], 'no-peer'],
    ['', [], 'no-peer'],
    ['/run/sallyport.sock', [], 'no-peer'],
    ['127.0.0.1', [], 'no-client-hop'],
    ['127.0.0.1', [''], 'no-client-hop'],
    ['127.0.0.1', [' \t '], 'no-client-hop'],
    ['127.0.0.1', ['10.0.0.2, 10.0.0.3'], 'no-client-hop'],
    ['127.0.0.1', [','], 'unparsable-hop'],
    ['127.0.0.1', [' , '], 'unparsable-hop'],
    ['127.0.0.1', ['203.0.113.9,'], 'unparsable-hop'],
    ['127.0.0.1', ['203.0.113.9', ''], 'unparsable-hop'],
    ['127.0.0.1', ['unknown'], 'unparsable-hop'],
    ['127.0.0.1', ['203.0.113.9, _hidden'], 'unparsable-hop'],
    ['127.0.0.1', ['-'], 'unparsable-hop'],
    ['127.0.0.1', ['203.0.113.9:1234'], 'unparsable-hop'],
    ['127.0.0.1', ['[2001:db8:1::1]:443'], 'unparsable-hop'],
    ['127.0.0.1', ['"203.0.113.9"'], 'unparsable-hop'],
    ['127.0.0.1', ['fe80::1%eth0'], 'unparsable-hop'],
    ['127.0.0.1', ['203.0.113.009'], 'unparsable-hop'],
    ['127.0.0.1', ['\u00A0203.0.113.9'], 'unparsable-hop'],
    ['127.0.0.1', [`${' '.repeat(15_000)}203.0.113.9`], 'unparsable-hop'],
    ['127.0.0.1', [Array(101).fill('10.0.0.2').join()], 'too-many-hops'],
    ['127.0.0.1', Array<string>(101).fill('10.0.0.2'), 'too-many-hops'],
  ])('%p %p: %s', (peer, lines, reason) => {
    expect(resolve(peer, ...lines)).toMatchObject({ reason })
    expect(resolve(peer, ...lines).address).toBeUndefined()
  })

  test('a header of 5 000 hops is refused without being read', () => {
    const before = performance.now()
    for (let round = 0; round < 100; round += 1) {
      expect(resolve('127.0.0.1', '1,'.repeat(5_000)).reason).toBe('too-many-hops')
    }
    expect((performance.now() - before) / 100).toBeLessThan(5)
  })
})

test('a hundred hops are walked, and listed from the peer on', () => {
  const hops = [...Array<string>(99).fill('10.0.0.2'), '203.0.113.9'].reverse()
  const client = resolve('127.0.0.1', hops.join(','))
  expect(client.address?.text).toBe('203.0.113.9')
  expect(client.hops).toEqual(['127.0.0.1', ...hops.toReversed()])
})

test('it is the right-most untrusted address, as arithmetic on whole numbers finds it', () => {
  const proxies = { family: 4, value: 10n << 24n } as const
  const proxy = fc.bigInt(10n << 24n, (11n << 24n) - 1n).map((value) => ({ family: 4 as const, value }))
  const hop = fc.oneof(proxy, anyValue)
  fc.assert(
    fc.property(fc.array(hop, { minLength: 1, maxLength: 20 }), fc.nat(3), (hops, cut) => {
      const header = hops.map(spelled)
      const lines = [header.slice(0, cut).join(), header.slice(cut).join()].filter((line) => line !== '')
      const expected = hops
        .map(unmappedValue)
        .filter((address) => !contains(proxies, 8, address) && spelled(address) !== '127.0.0.1')
        .at(-1)
      const found = resolve('127.0.0.1', ...lines).address
      const value = found?.groups.reduce((sum, group) => (sum << 16n) | BigInt(group), 0n)
      expect(value).toBe(expected?.value)
      expect(found?.family).toBe(expected?.family)
    }),
    { numRuns: rounds },
  )
})
