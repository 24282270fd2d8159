import { isLoopbackAddress, isLoopbackHost } from '../../src/network/loopback.js'

test.each([
  'localhost',
  'LocalHost',
  'door.localhost',
  '127.0.0.1',
  '127.8.9.1:7080',
  '[::1]',
  '[::1]:7080',
  'localhost:7080',
])('%s names this machine', (authority) => expect(isLoopbackHost(authority)).toBe(true))

test.each([
  '',
  'evil.example',
  'localhost.evil.example',
  'notlocalhost',
  '127.0.0.1.evil.example',
  '127.1',
  '2130706433',
  '0x7f000001',
  '0.0.0.0',
  '[::]',
  '[::1',
  '[::1]x',
  '10.0.0.1:7080',
  'evil.example:127.0.0.1',
])('%p does not', (authority) => expect(isLoopbackHost(authority)).toBe(false))

test.each([
  ['127.0.0.1', true],
  ['::1', true],
  ['::ffff:127.0.0.1', true],
  ['localhost', true],
  ['0.0.0.0', false],
  ['::', false],
  ['10.8.0.1', false],
])('a listener on %s takes connections from this machine only: %p', (host, only) => {
  expect(isLoopbackAddress(host)).toBe(only)
})
