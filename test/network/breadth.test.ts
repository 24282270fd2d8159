import { breadthOf } from '../../src/network/breadth.js'
import { networks } from '../hostile/rig.js'

const shown = (text: string) => {
  const { wide, huge, publicAddresses } = breadthOf(networks(text))
  const names = (list: typeof wide) => list.map(({ address, prefix }) => `${address}/${prefix}`)
  return { wide: names(wide), huge: names(huge), publicAddresses }
}

test('private networks may be as wide as they are', () => {
  const text =
    '10.0.0.0/8 172.16.0.0/12 192.168.0.0/16 127.0.0.0/8 169.254.0.0/16 100.64.0.0/10 ::1 fc00::/7 fe80::/10'
  expect(shown(text)).toEqual({ wide: [], huge: [], publicAddresses: 0 })
  expect(shown('10.8.0.0/16 fd12:3456::/32')).toEqual({ wide: [], huge: [], publicAddresses: 0 })
})

test('a network that only begins in a private one is public', () => {
  expect(shown('10.0.0.0/7').wide).toEqual(['10.0.0.0/7'])
  expect(shown('172.0.0.0/11').wide).toEqual(['172.0.0.0/11'])
})

test('public networks are wide below /16 and /32, huge below /8 and /16', () => {
  expect(shown('20.0.0.0/16 2001:db8::/32')).toEqual({ wide: [], huge: [], publicAddresses: 65_536 })
  expect(shown('20.0.0.0/15 2001:db8::/31')).toMatchObject({
    wide: ['20.0.0.0/15', '2001:db8::/31'],
    huge: [],
  })
  expect(shown('4.0.0.0/7 2000::/15').huge).toEqual(['4.0.0.0/7', '2000::/15'])
})

test('the halves of the internet are huge, though neither is /0', () => {
  expect(shown('0.0.0.0/1 128.0.0.0/1')).toMatchObject({
    huge: ['0.0.0.0/1', '128.0.0.0/1'],
    publicAddresses: 2 ** 32,
  })
})
