import fc from 'fast-check'
import { parseAddress } from '../../src/network/address.js'
import {
  anyValue,
  colons,
  dotted,
  ipv4Value,
  ipv6Value,
  rounds,
  spelled,
  unmappedValue,
} from './arithmetic.js'

describe('an address has one canonical text', () => {
  test.each([
    ['203.0.113.9', '203.0.113.9'],
    ['0.0.0.0', '0.0.0.0'],
    ['255.255.255.255', '255.255.255.255'],
    ['2001:DB8:1:0:0:0:0:1', '2001:db8:1::1'],
    ['2001:db8:0:0:1:0:0:1', '2001:db8::1:0:0:1'],
    ['2001:db8:0:1:1:1:1:1', '2001:db8:0:1:1:1:1:1'],
    ['0000::1', '::1'],
    ['::', '::'],
    ['1::', '1::'],
    ['1:2:3:4:5:6:7::', '1:2:3:4:5:6:7:0'],
    ['64:ff9b::192.0.2.1', '64:ff9b::c000:201'],
    ['::ffff:203.0.113.9', '203.0.113.9'],
    ['::ffff:cb00:7109', '203.0.113.9'],
    ['0:0:0:0:0:FFFF:203.0.113.9', '203.0.113.9'],
    ['0000::ffff:203.0.113.9', '203.0.113.9'],
    ['::203.0.113.9', '::cb00:7109'],
  ])('%s is %s', (text, canonical) => {
    expect(parseAddress(text)?.text).toBe(canonical)
  })

  test('whatever the spelling, it agrees with the URL parser and with arithmetic', () => {
    fc.assert(
      fc.property(ipv6Value, fc.boolean(), (value, upper) => {
        const full = colons(value)
        const short = new URL(`http://[${full}]/`).hostname.slice(1, -1)
        const expected = unmappedValue({ family: 6, value })
        const canonical = expected.family === 4 ? dotted(expected.value) : short
        for (const text of [full, upper ? short.toUpperCase() : short, withDotted(value)]) {
          expect(parseAddress(text)).toMatchObject({ family: expected.family, text: canonical })
        }
      }),
      { numRuns: rounds },
    )
  })

  test('its groups are the number that the address is', () => {
    fc.assert(
      fc.property(anyValue, (given) => {
        const groups = parseAddress(spelled(given))?.groups ?? []
        const value = groups.reduce((sum, group) => (sum << 16n) | BigInt(group), 0n)
        expect(value).toBe(unmappedValue(given).value)
      }),
      { numRuns: rounds },
    )
  })

  function withDotted(value: bigint): string {
    return `${colons(value).slice(0, 30)}${dotted(value & 0xffffffffn)}`
  }
})

describe('what two programs could read differently is no address', () => {
  test.each([
    '',
    ' 203.0.113.9',
    '203.0.113.9\n',
    '203.0.113.009',
    '0313.0.113.9',
    '010.0.0.1',
    '0xCB.0.113.9',
    '0xCB007109',
    '3405803785',
    '203.0.28937',
    '203.0.113',
    '203.0.113.9.',
    '203.0.113.256',
    '203.0.113.-9',
    '203.0.113.9.1',
    '２０３.0.113.9',
    '٢٠٣.0.113.9',
    '203。0。113。9',
    '203.0.113.9:1234',
    '203.0.113.9/32',
    '[2001:db8:1::1]',
    '[2001:db8:1::1]:443',
    '"203.0.113.9"',
    ':',
    ':::',
    '::1::',
    '1:2:3:4:5:6:7',
    '1:2:3:4:5:6:7:8:9',
    '1:2:3:4:5:6:7::8',
    '::1:2:3:4:5:6:7:8',
    '1:2:3:4:5:6:7:',
    ':1:2:3:4:5:6:7',
    '00000::1',
    '::g',
    '::1.2.3.4:5',
    '1.2.3.4::',
    '::ffff:203.0.113.009',
    '::ffff:203.0.113',
    '::ffff:0:0:0:0:0:203.0.113.9',
    'localhost',
    'unknown',
    '_hidden',
    '1'.repeat(10_000),
    ':'.repeat(10_000),
  ])('%p', (text) => {
    expect(parseAddress(text)).toBeUndefined()
    expect(parseAddress(text, { zone: 'drop' })).toBeUndefined()
  })

  test('an IPv4 address with any octet in another notation', () => {
    const octet = fc.tuple(fc.integer({ min: 0, max: 3 }), fc.constantFrom('0', '0x', '00', '+', '-', ' '))
    fc.assert(
      fc.property(ipv4Value, octet, (value, [index, prefix]) => {
        const octets = dotted(value).split('.')
        octets[index] = `${prefix}${octets[index]}`
        expect(parseAddress(octets.join('.'))).toBeUndefined()
      }),
      { numRuns: rounds },
    )
  })

  test('any text at all gives an address that reads the same again, or none', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[0-9a-f:.%]{0,45}$/), (text) => {
        const address = parseAddress(text)
        if (address) expect(parseAddress(address.text)).toEqual(address)
      }),
      { numRuns: rounds * 5 },
    )
  })
})

describe('a zone', () => {
  test.each([
    ['fe80::1%eth0', 'fe80::1'],
    ['::1%lo', '::1'],
    ['2001:db8:1::1%25eth0', '2001:db8:1::1'],
    ['::1%', undefined],
    ['::1%a b', undefined],
    ['203.0.113.9%eth0', undefined],
  ])('of a socket’s address is dropped: %s', (text, canonical) => {
    expect(parseAddress(text, { zone: 'drop' })?.text).toBe(canonical)
  })

  test.each(['fe80::1%eth0', '::1%lo', '2001:db8:1::1%25eth0'])('anywhere else is refused: %s', (text) => {
    expect(parseAddress(text)).toBeUndefined()
  })
})
