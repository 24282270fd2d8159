import fc from 'fast-check'
import { createAllowlist } from '../../src/network/allowlist.js'
import { parseAddress } from '../../src/network/address.js'
import { isNetworkError, parseNetwork, type Network } from '../../src/network/cidr.js'
import { anyValue, contains, rounds, spelled, unmappedValue } from './arithmetic.js'

describe('a network is canonical', () => {
  test.each([
    ['10.8.0.0/16', 4, '10.8.0.0', 16],
    ['203.0.113.9', 4, '203.0.113.9', 32],
    ['203.0.113.9/32', 4, '203.0.113.9', 32],
    ['128.0.0.0/1', 4, '128.0.0.0', 1],
    ['2001:DB8:1::/48', 6, '2001:db8:1::', 48],
    ['::1', 6, '::1', 128],
    ['::ffff:203.0.113.9', 4, '203.0.113.9', 32],
    ['8000::/1', 6, '8000::', 1],
  ])('%s', (text, family, address, prefix) => {
    expect(parseNetwork(text)).toEqual({ family, address, prefix })
  })
})

describe('a network is refused, with what was probably meant', () => {
  test.each([
    ['10.1.2.3/8', 'bits are set behind the prefix of 8 bits', '10.0.0.0/8'],
    ['2001:db8:1::1/48', 'bits are set behind the prefix of 48 bits', '2001:db8:1::/48'],
    ['10.0.0.0/33', 'the prefix is longer than 32 bits', undefined],
    ['2001:db8::/129', 'the prefix is longer than 128 bits', undefined],
    ['10.0.0.0/-1', 'the prefix is not a plain decimal number of bits', undefined],
    ['10.0.0.0/8.0', 'the prefix is not a plain decimal number of bits', undefined],
    ['10.0.0.0/', 'the prefix is not a plain decimal number of bits', undefined],
    ['10.0.0.0/8/8', 'the prefix is not a plain decimal number of bits', undefined],
    ['10.0.0.0/0x8', 'the prefix is not a plain decimal number of bits', undefined],
    ['10.0.0.0/８', 'the prefix is not a plain decimal number of bits', undefined],
    ['10.0.0.0/ 8', 'the prefix is not a plain decimal number of bits', '10.0.0.0/8'],
    ['10.0.0.0/08', 'the prefix is not a plain decimal number of bits', '10.0.0.0/8'],
    ['10.0.0.0/255.0.0.0', 'a netmask is not a prefix', '10.0.0.0/8'],
    ['10.0.0.0/255.255.240.0', 'a netmask is not a prefix', '10.0.0.0/20'],
    ['10.0.0.0/255.0.255.0', 'the prefix is not a plain decimal number of bits', undefined],
    ['10.0.0.1-10.0.0.9', 'ranges are not understood; write the CIDRs that make it up', undefined],
    ['10.*', 'wildcards are not understood; write a CIDR such as 10.8.0.0/16', undefined],
    ['10/8', 'an IPv4 address has four numbers', '10.0.0.0/8'],
    ['172.16/12', 'an IPv4 address has four numbers', '172.16.0.0/12'],
    ['010.0.0.0/8', expect.stringMatching('leading zeros'), undefined],
    ['fe80::1%eth0', expect.stringMatching('zone'), undefined],
    ['0.0.0.0/0', 'a prefix of 0 bits admits every address', undefined],
    ['::/0', 'a prefix of 0 bits admits every address', undefined],
    ['vpn.example.com', 'neither an IP address nor a CIDR', undefined],
    ['', 'neither an IP address nor a CIDR', undefined],
    ['true', 'neither an IP address nor a CIDR', undefined],
  ])('%p', (text, error, suggestion) => {
    expect(parseNetwork(text)).toEqual(suggestion === undefined ? { error } : { error, suggestion })
  })

  test.each([
    ['::/1', undefined],
    ['::/80', undefined],
    ['::/16', undefined],
    ['::fffe:0:0/95', undefined],
    ['::ffff:0:0/96', undefined],
    ['::ffff:10.0.0.0/8', '10.0.0.0/8'],
    ['::ffff:10.0.0.0/104', '10.0.0.0/8'],
    ['0:0:0:0:0:ffff:a00:0/8', '10.0.0.0/8'],
    ['::ffff:10.0.0.0/33', undefined],
  ])('an IPv6 prefix under which IPv4 addresses appear: %s', (text, suggestion) => {
    const result = parseNetwork(text)
    expect(result).toEqual({ error: expect.any(String), ...(suggestion !== undefined && { suggestion }) })
  })

  test('every suggestion is a network itself', () => {
    fc.assert(
      fc.property(anyValue, fc.nat(140), (base, prefix) => {
        const result = parseNetwork(`${spelled(base)}/${prefix}`)
        if (!isNetworkError(result) || result.suggestion === undefined) return
        expect(isNetworkError(parseNetwork(result.suggestion))).toBe(false)
      }),
      { numRuns: rounds },
    )
  })
})

describe('membership', () => {
  test('agrees with shifting the whole number, whatever the spelling', () => {
    fc.assert(
      fc.property(
        anyValue,
        fc.nat(128),
        fc.nat(128),
        fc.bigInt(0n, (1n << 128n) - 1n),
        (base, at, flip, noise) => {
          const network = networkAround(base, at)
          if (network === undefined) return
          const bits = BigInt(network.base.family === 4 ? 32 : 128)
          const near = network.base.value ^ (1n << (BigInt(flip) % bits))
          const values = [network.base.value, near, noise & ((1n << bits) - 1n)]
          const list = createAllowlist([network.network])
          for (const value of values) {
            const address = unmappedValue({ family: network.base.family, value })
            const expected = contains(network.base, network.network.prefix, address)
            expect(list.admits(parseAddress(spelled({ family: network.base.family, value })))).toBe(expected)
          }
        },
      ),
      { numRuns: rounds },
    )
  })

  test('no network that parses from IPv6 text admits an IPv4 address, unless it is one address', () => {
    fc.assert(
      fc.property(anyValue, fc.nat(127), fc.integer({ min: 0, max: 0xffffffff }), (base, prefix, ipv4) => {
        fc.pre(base.family === 6)
        const result = networkAround(base, prefix)
        if (result === undefined) return
        const text = spelled({ family: 4, value: BigInt(ipv4) })
        expect(createAllowlist([result.network]).admits(parseAddress(text))).toBe(false)
      }),
      { numRuns: rounds },
    )
  })

  function networkAround(given: { family: 4 | 6; value: bigint }, at: number) {
    const bits = given.family === 4 ? 32 : 128
    const prefix = Math.min(at, bits)
    const shift = BigInt(bits - prefix)
    const base = { family: given.family, value: (given.value >> shift) << shift }
    const network = parseNetwork(`${spelled(base)}/${prefix}`)
    return isNetworkError(network) ? undefined : { base, network: network satisfies Network }
  }
})
