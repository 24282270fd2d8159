import net from 'node:net'
import { parseAddress } from '../../src/network/address.js'
import { createAllowlist } from '../../src/network/allowlist.js'
import { maxAllowlistEntries, parseAllowlist } from '../../src/network/allowlist-text.js'

describe('the text of an allowlist', () => {
  test('may separate entries by commas, white space and lines, and hold comments', () => {
    const text =
      '10.8.0.0/16, 203.0.113.9\t2001:db8::/32\r\n# VPN 1.1.1.1\n192.0.2.1 # CI\n\n,,\r198.51.100.0/24'
    expect(shortened(text)).toEqual([
      '10.8.0.0/16',
      '203.0.113.9/32',
      '2001:db8::/32',
      '192.0.2.1/32',
      '198.51.100.0/24',
    ])
  })

  test('may begin with a byte order mark', () => {
    expect(shortened('\uFEFF10.8.0.0/16\r\n')).toEqual(['10.8.0.0/16'])
  })

  test.each(['', '   ', '\n\n', '# nobody', ',,,'])('may be without entries: %p', (text) => {
    expect(parseAllowlist(text)).toEqual({ networks: [], errors: [] })
  })

  test('counts an entry that is given twice once', () => {
    expect(shortened('10.0.0.1 10.0.0.1/32 ::ffff:10.0.0.1')).toEqual(['10.0.0.1/32'])
  })

  test('gives line, column and suggestion of every malformed entry', () => {
    expect(parseAllowlist('10.8.0.0/16,\n  10.1.2.3/8, nonsense # 1.2.3.4/0\n').errors).toEqual([
      { line: 2, column: 3, text: '10.1.2.3/8', error: expect.any(String), suggestion: '10.0.0.0/8' },
      { line: 2, column: 15, text: 'nonsense', error: expect.any(String) },
    ])
  })

  test.each([
    ['a non-breaking space as separator', '10.0.0.1\u00A010.0.0.2'],
    ['a semicolon as separator', '10.0.0.1;10.0.0.2'],
    ['a space before the prefix', '10.0.0.0/ 8'],
  ])('refuses %s', (_, text) => {
    expect(parseAllowlist(text).errors).not.toEqual([])
  })

  test('escapes and shortens what it quotes, so that it may stand in a log line', () => {
    const [error] = parseAllowlist(`\u001B[31m${'x'.repeat(500)}`).errors
    expect(error?.text).toMatch(/^\\u\{1b\}\[31mx+…$/)
    expect(error?.text.length).toBeLessThan(80)
  })

  test.each([
    ['UTF-16', Buffer.from('10.0.0.1', 'utf16le').toString('utf8')],
    ['a binary file', Buffer.from([0x7f, 0x45, 0x4c, 0x46, 0xff, 0xfe]).toString('utf8')],
  ])('reports %s once', (_, text) => {
    expect(parseAllowlist(text).errors).toEqual([{ line: 1, column: 1, text: '', error: 'not UTF-8 text' }])
  })

  test('reports no more than twenty entries', () => {
    expect(parseAllowlist('x '.repeat(50_000)).errors).toHaveLength(20)
  })

  test('may have 20 000 entries and no more', () => {
    const entries = Array.from(
      { length: maxAllowlistEntries + 1 },
      (_, n) => `10.${n >> 16}.${(n >> 8) & 255}.${n & 255}`,
    )
    expect(parseAllowlist(entries.slice(1).join('\n'))).toMatchObject({ errors: [] })
    expect(parseAllowlist(entries.join('\n')).errors).toEqual([
      { line: 20_001, column: 1, text: '', error: 'more than 20000 entries' },
    ])
    expect(parseAllowlist('#'.repeat(5 * 1024 * 1024)).errors).toHaveLength(1)
  })

  function shortened(text: string): string[] {
    const { networks, errors } = parseAllowlist(text)
    expect(errors).toEqual([])
    return networks.map(({ address, prefix }) => `${address}/${prefix}`)
  }
})

describe('an allowlist', () => {
  const list = createAllowlist(parseAllowlist('203.0.113.0/24, 2001:db8:1::/48').networks)

  test.each([
    ['203.0.113.0', true],
    ['203.0.113.255', true],
    ['203.0.114.0', false],
    ['203.0.112.255', false],
    ['::ffff:203.0.113.9', true],
    ['2001:DB8:1:0:0:0:0:1', true],
    ['2001:db8:1::', true],
    ['2001:db8:1:ffff:ffff:ffff:ffff:ffff', true],
    ['2001:db8:2::', false],
    ['2001:db8:0:ffff:ffff:ffff:ffff:ffff', false],
    ['::cb00:7109', false],
  ])('%s: %p', (text, admitted) => {
    const address = parseAddress(text)
    expect(address).toBeDefined()
    expect(list.admits(address)).toBe(admitted)
  })

  test('without entries admits nobody', () => {
    const empty = createAllowlist([])
    expect(empty.size).toBe(0)
    for (const text of ['127.0.0.1', '::1', '0.0.0.0', '::'])
      expect(empty.admits(parseAddress(text))).toBe(false)
  })

  test('admits no undefined address, whatever it holds', () => {
    expect(list.admits(undefined)).toBe(false)
  })

  test('admits only what both of its readings admit', () => {
    const node = jest.spyOn(net.BlockList.prototype, 'check')
    node.mockReturnValue(true)
    expect(list.admits(parseAddress('198.51.100.7'))).toBe(false)
    node.mockReturnValue(false)
    expect(list.admits(parseAddress('203.0.113.9'))).toBe(false)
    node.mockRestore()
    expect(list.admits(parseAddress('203.0.113.9'))).toBe(true)
  })

  test('refuses networks that were not parsed', () => {
    const octal = { family: 4, address: '010.0.0.0', prefix: 8 } as const
    expect(() => createAllowlist([octal])).toThrow('not made by parseNetwork')
  })
})
